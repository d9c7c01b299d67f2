# SPDX-License-Identifier: Apache-2.0
"""What all configurations have in common beside memories and addresses."""

NUM_CORES = 8
FREQUENCY_HZ = 360_000_000  # what reports convert cycles with: an assumption, no timing was closed

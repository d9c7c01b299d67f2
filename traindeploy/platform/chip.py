# SPDX-License-Identifier: Apache-2.0
"""What all configurations have in common beside memories and addresses."""

NUM_CORES = 8
DMA_QUEUE = 8  # transfers that wait or run; a core that starts one more waits
HYPERBUS_QUEUE = 8  # the same of HyperBus jobs
FREQUENCY_HZ = 360_000_000  # what reports convert cycles with: an assumption, no timing was closed

# SPDX-License-Identifier: Apache-2.0
"""Many training steps on the host: see README.md."""

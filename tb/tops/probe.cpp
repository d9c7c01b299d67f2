// SPDX-License-Identifier: Apache-2.0
// The performance counters for Python (tb/env/counters.py): td_probe's function, called in td_probe's scope.
#include <cstdint>

#include "svdpi.h"

extern "C" {
int td_probe_counter(int index);

uint32_t td_counter(uint32_t index) {
  static svScope scope = svGetScopeFromName("td_tb_top.u_probe");
  svSetScope(scope);
  return uint32_t(td_probe_counter(int(index)));
}
}

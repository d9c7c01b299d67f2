// SPDX-License-Identifier: Apache-2.0
// What the bench asks for: the performance counters (tb/env/network/counters.py; td_probe's function, called in
// td_probe's scope), and the events that td_timeline has seen (tb/env/network/timeline.py).
#include <cstdint>
#include <vector>

#include "svdpi.h"

namespace {
std::vector<uint32_t> events;  // kind, cycle, data of each
}

extern "C" {
int td_probe_counter(int index);

uint32_t td_counter(uint32_t index) {
  static svScope scope = svGetScopeFromName("td_tb_top.u_probe");
  svSetScope(scope);
  return uint32_t(td_probe_counter(int(index)));
}

void td_timeline_event(uint32_t kind, uint32_t cycle, uint32_t data) { events.insert(events.end(), {kind, cycle, data}); }
uint32_t td_timeline_size() { return uint32_t(events.size()); }
const uint32_t *td_timeline_data() { return events.data(); }
}

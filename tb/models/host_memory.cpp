// SPDX-License-Identifier: Apache-2.0
// Host memory behind the simulated TCDM (region 0), L2 (region 1) and HyperRAM (region 2).
//
// The bench maps it through ctypes (td_host_region) as NumPy arrays: what it sees is what the hardware sees, without copies.
#include <cstdint>
#include <cstring>

namespace {
constexpr uint32_t kSizes[] = {TD_TCDM_SIZE, TD_L2_SIZE, TD_L3_SIZE};  // defined by tb/build/simulator.py
alignas(64) uint8_t tcdm[kSizes[0]];
alignas(64) uint8_t l2[kSizes[1]];
alignas(64) uint8_t l3[kSizes[2]];
uint8_t *const regions[] = {tcdm, l2, l3};

template <typename Word>
Word read(int region, uint32_t index) {
  Word word;
  std::memcpy(&word, regions[region] + size_t(index) * sizeof(Word), sizeof(Word));
  return word;
}

template <typename Word>
void write(int region, uint32_t index, Word data, uint32_t be) {
  uint8_t *p = regions[region] + size_t(index) * sizeof(Word);
  constexpr uint32_t all = (1u << sizeof(Word)) - 1;
  if ((be & all) == all) {
    std::memcpy(p, &data, sizeof(Word));
    return;
  }
  for (unsigned b = 0; b < sizeof(Word); ++b)
    if (be >> b & 1) p[b] = uint8_t(data >> (8 * b));
}
}  // namespace

extern "C" {
uint32_t td_host_read32(int region, uint32_t index) { return read<uint32_t>(region, index); }
uint64_t td_host_read64(int region, uint32_t index) { return read<uint64_t>(region, index); }
void td_host_write32(int region, uint32_t index, uint32_t data, uint32_t be) { write(region, index, data, be); }
void td_host_write64(int region, uint32_t index, uint64_t data, uint32_t be) { write(region, index, data, be); }
uint8_t td_host_read8(int region, uint32_t index) { return regions[region][index]; }
void td_host_write8(int region, uint32_t index, uint8_t data) { regions[region][index] = data; }
uint8_t *td_host_region(int region) { return regions[region]; }
uint32_t td_host_size(int region) { return kSizes[region]; }
}

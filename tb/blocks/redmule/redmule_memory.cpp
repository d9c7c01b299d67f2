// SPDX-License-Identifier: Apache-2.0
// Memory, access rights and job script of the RedMule bench (tb/blocks/redmule/td_redmule_tb.sv); Python maps them by ctypes.
//
// Each byte of memory has rights: bit 0 readable, bit 1 writable. An access to a byte without the right is counted and
// the first one is kept; reads of such bytes give poison. Memory begins at the address `origin`, so that high address
// bits count; rights, script and what is told of violations are relative to it.
#include <cstdint>
#include "svdpi.h"

namespace {
constexpr uint32_t kSize = 1u << 22;
constexpr uint32_t kScriptWords = 1u << 18;
alignas(64) uint8_t memory[kSize];
uint8_t rights[kSize];
uint32_t script[kScriptWords];
uint32_t origin;
uint32_t violations[4];  // count, first address, first was a write; and bytes written
uint32_t hits[8 * 256];  // by point and bin of td_redmule_observer
}  // namespace

extern "C" {
// One beat of `bytes` bytes from word address `addr` on; `be` marks those that are meant.
void redmule_beat(int unsigned_bytes, unsigned int addr, unsigned char we, const svBitVecVal *be,
                  const svBitVecVal *wdata, svBitVecVal *rdata) {
  auto *out = reinterpret_cast<uint8_t *>(rdata);
  const auto *in = reinterpret_cast<const uint8_t *>(wdata);
  for (int i = 0; i < unsigned_bytes; ++i) {
    out[i] = 0xA5;
    if (!(be[i / 32] >> (i % 32) & 1)) continue;
    uint32_t at = addr - origin + i;
    bool allowed = at < kSize && (rights[at] & (we ? 2 : 1));
    if (!allowed) {
      if (violations[0]++ == 0) {
        violations[1] = at;
        violations[2] = we;
      }
    }
    if (at >= kSize) continue;
    if (we) {
      memory[at] = in[i];
      ++violations[3];
    }
    if (!we && allowed) out[i] = memory[at];
  }
}
void redmule_hit(unsigned int point, unsigned int bin) { ++hits[point % 8 * 256 + bin % 256]; }

unsigned int redmule_origin() { return origin; }
unsigned int redmule_script_read(unsigned int index) { return script[index % kScriptWords]; }
void redmule_script_write(unsigned int index, unsigned int data) { script[index % kScriptWords] = data; }

uint8_t *redmule_memory() { return memory; }
uint8_t *redmule_rights() { return rights; }
uint32_t *redmule_script() { return script; }
uint32_t *redmule_violations() { return violations; }
uint32_t *redmule_hits() { return hits; }
void redmule_place_memory(uint32_t at) { origin = at; }
uint32_t redmule_memory_size() { return kSize; }
uint32_t redmule_script_words() { return kScriptWords; }
}

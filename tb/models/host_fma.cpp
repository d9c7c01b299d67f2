// SPDX-License-Identifier: Apache-2.0
// z = x * w + y in binary32, rounded once to nearest even, subnormals kept, NaN results canonical: what RISC-V asks for.
//
// std::fma is the host's instruction where it has one (the C library chooses at run time) and exact where not. Python
// extensions built with -ffast-math switch a process to flushing subnormals, so the control register is looked at each time.
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {
constexpr uint32_t kNan = 0x7fc00000;

uint32_t multiply_add(uint32_t x, uint32_t w, uint32_t y) {
  const float z = std::fma(std::bit_cast<float>(x), std::bit_cast<float>(w), std::bit_cast<float>(y));
  return z != z ? kNan : std::bit_cast<uint32_t>(z);
}

#if defined(__SSE__)
constexpr uint32_t kModes = 0xe040;  // rounding, flush to zero, denormals are zero
uint32_t save() { return _mm_getcsr(); }
bool is_ieee(uint32_t modes) { return (modes & kModes) == 0; }
void set_ieee(uint32_t modes) { _mm_setcsr(modes & ~kModes); }
void restore(uint32_t modes) { _mm_setcsr(modes); }
#elif defined(__aarch64__)
constexpr uint64_t kModes = 0x03c80001;  // FZ, RMode, AH..FIZ, default NaN may stay
uint64_t save() {
  uint64_t modes;
  __asm__ volatile("mrs %0, fpcr" : "=r"(modes));
  return modes;
}
bool is_ieee(uint64_t modes) { return (modes & kModes) == 0; }
void restore(uint64_t modes) { __asm__ volatile("msr fpcr, %0" ::"r"(modes)); }
void set_ieee(uint64_t modes) { restore(modes & ~kModes); }
#else
int save() { return std::fegetround(); }
bool is_ieee(int mode) { return mode == FE_TONEAREST; }
void set_ieee(int) { std::fesetround(FE_TONEAREST); }
void restore(int mode) { std::fesetround(mode); }
#endif

[[gnu::noinline, gnu::cold]] uint32_t in_another_mode(uint32_t x, uint32_t w, uint32_t y) {
  const auto modes = save();
  set_ieee(modes);
  __asm__ volatile("" : "+r"(x), "+r"(w), "+r"(y)::"memory");  // not before the mode is set
  uint32_t z = multiply_add(x, w, y);
  __asm__ volatile("" : "+r"(z)::"memory");
  restore(modes);
  return z;
}
}  // namespace

extern "C" uint32_t td_host_fma32(uint32_t x, uint32_t w, uint32_t y) {
  if (!is_ieee(save())) [[unlikely]] return in_another_mode(x, w, y);
  return multiply_add(x, w, y);
}

// SPDX-License-Identifier: Apache-2.0
// Operands of the equivalence test: random and directed ones, and what kinds of results they have had.
#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {
enum Kind { kNormal, kSubnormal, kZero, kInfinity, kNan, kTie, kCancelled, kKinds };
uint64_t seen[kKinds];

struct Random {  // xorshift64*
  uint64_t state;
  uint32_t operator()() {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return uint32_t((state * 0x2545F4914F6CDD1Dull) >> 32);
  }
  uint32_t below(uint32_t n) { return uint32_t((uint64_t((*this)()) * n) >> 32); }
} stimulus{0x9E3779B97F4A7C15ull};

uint32_t number(uint32_t exponent, uint32_t mantissa) {
  return (stimulus() & 0x80000000) | ((exponent < 255 ? exponent : 254) << 23) | (mantissa & 0x7fffff);
}
uint32_t few_bits() { return stimulus() & ~(0x7fffffu >> stimulus.below(24)); }

uint32_t operand() {
  static constexpr uint32_t special[] = {0,          1,          2,          0x007fffff, 0x00800000, 0x00800001, 0x3f7fffff, 0x3f800000,
                                         0x3f800001, 0x40000000, 0x7f7fffff, 0x7f7ffffe, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff};
  switch (stimulus.below(6)) {
    case 0: return special[stimulus.below(std::size(special))] | (stimulus() & 0x80000000);
    case 1: return stimulus() & 0x807fffff;  // subnormals
    case 2: return stimulus();               // all bit patterns
    case 3: return number(stimulus.below(255), few_bits());
    default: return number(96 + stimulus.below(64), stimulus());
  }
}

void classify(uint32_t x, uint32_t w, uint32_t y) {
  const float fx = std::bit_cast<float>(x), fw = std::bit_cast<float>(w), fy = std::bit_cast<float>(y);
  const float z = std::fma(fx, fw, fy);
  switch (std::fpclassify(z)) {
    case FP_NAN: ++seen[kNan]; return;
    case FP_INFINITE: ++seen[kInfinity]; return;
    case FP_ZERO: ++seen[kZero]; break;
    case FP_SUBNORMAL: ++seen[kSubnormal]; return;
    default: ++seen[kNormal];
  }
  const double product = double(fx) * fw, sum = product + fy, back = sum - product;
  const double error = (product - (sum - back)) + (fy - back);  // of the sum: 0 if it is exact
  if (error == 0 && (std::bit_cast<uint64_t>(sum) & 0x1fffffff) == 0x10000000) ++seen[kTie];
  if (std::fabs(z) < std::ldexp(std::fabs(fy), -20) && fy != 0) ++seen[kCancelled];
}
}  // namespace

extern "C" {
void td_fma_operands(uint32_t *x, uint32_t *w, uint32_t *y, uint32_t *random) {
  *x = operand();
  *w = operand();
  *y = operand();
  const uint32_t product = ((*x >> 23) & 255) + ((*w >> 23) & 255) - 127;
  switch (stimulus.below(6)) {
    case 0: *y = number(product - 27 + stimulus.below(54), stimulus()); break;  // overlapping the product
    case 1:  // exact products of few bits and few bits of y: halves of a last place
      *x = number(64 + stimulus.below(128), stimulus() & ~0x7ffu);
      *w = number(64 + stimulus.below(128), stimulus() & ~0x7ffu);
      *y = number(((*x >> 23) & 255) + ((*w >> 23) & 255) - 127 - 24 + stimulus.below(48), few_bits());
      break;
    case 2: {  // nearly or exactly -x*w: cancellation down to the product's last bits
      const float z = -(std::bit_cast<float>(*x) * std::bit_cast<float>(*w));
      *y = std::bit_cast<uint32_t>(z) + stimulus.below(5) - 2;
      break;
    }
    case 3: {  // results around the smallest normal number
      *x = number(1 + stimulus.below(126), stimulus());
      *w = number(128 - ((*x >> 23) & 255) - stimulus.below(28) + stimulus.below(4), stimulus());
      *y = stimulus.below(2) ? stimulus() & 0x80ffffff : number(stimulus.below(30), few_bits());
      break;
    }
    default: break;
  }
  *random = stimulus();
  classify(*x, *w, *y);
}
uint64_t td_fma_seen(int kind) { return seen[kind]; }
void td_fma_mode(uint32_t bits) {  // what a careless library may leave behind
#if defined(__SSE__)
  _mm_setcsr((_mm_getcsr() & ~0xe040u) | bits);
#endif
}
}

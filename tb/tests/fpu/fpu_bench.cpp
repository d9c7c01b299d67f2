// SPDX-License-Identifier: Apache-2.0
// Stimuli and reference of the FPU bench: IEEE-754 binary32 by the host's own arithmetic, RISC-V's rules for NaN,
// conversions and comparisons. Results and exception flags must match bit for bit, in four rounding modes, with one
// exception (underflow_is_unclear).
#include <algorithm>
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>

namespace {
enum Operation { kFmadd, kFnmsub, kAdd, kMul, kDiv, kSqrt, kSgnj, kMinMax, kCmp, kClassify, kF2F, kF2I, kI2F };
enum Flag { kInexact = 1, kUnderflow = 2, kOverflow = 4, kDivByZero = 8, kInvalid = 16 };
constexpr const char *kNames[] = {"fmadd", "fnmsub", "add", "mul", "div", "sqrt", "sgnj", "minmax", "cmp", "classify", "f2f", "f2i", "i2f"};
constexpr int kHostModes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
constexpr uint32_t kNan = 0x7fc00000;

struct Request {
  uint32_t a, b, c, op, modifier, mode;
};
struct Expected {
  uint32_t result, flags;
};

struct Random {  // xorshift64*
  uint64_t state;
  uint32_t operator()() {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return uint32_t((state * 0x2545F4914F6CDD1Dull) >> 32);
  }
  uint32_t below(uint32_t n) { return uint32_t((uint64_t((*this)()) * n) >> 32); }
};

bool is_nan(uint32_t x) { return (x & 0x7fffffff) > 0x7f800000; }
bool is_signaling(uint32_t x) { return is_nan(x) && !(x & 0x00400000); }
float f(uint32_t x) { return std::bit_cast<float>(x); }

uint32_t operand(Random &random) {
  static constexpr uint32_t special[] = {0,          1,          0x007fffff, 0x00800000, 0x00800001, 0x3f7fffff, 0x3f800000,
                                         0x3f800001, 0x40000000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001, 0x4b800000};
  switch (random.below(8)) {
    case 0: return special[random.below(std::size(special))] | (random() & 0x80000000);
    case 1: return random() & 0x807fffff;                                                // subnormals
    case 2: return random();                                                             // all bit patterns
    case 3: return (random() & 0x80ffffff & ~(0x7fffffu >> random.below(24))) + 0x3f000000;  // few mantissa bits
    case 4: return (random() & 0x80000000) | (0x3f800000 - 0x800000 + (random() & 0xffffff)) | (0x7fffff >> random.below(24));
    default: return (random() & 0x807fffff) | ((96 + random.below(64)) << 23);
  }
}

uint32_t host_flags() {
  int raised = std::fetestexcept(FE_ALL_EXCEPT);
  return (raised & FE_INEXACT ? kInexact : 0) | (raised & FE_UNDERFLOW ? kUnderflow : 0) | (raised & FE_OVERFLOW ? kOverflow : 0) |
         (raised & FE_DIVBYZERO ? kDivByZero : 0) | (raised & FE_INVALID ? kInvalid : 0);
}

template <typename Compute>
Expected arithmetic(uint32_t mode, Compute compute) {
  std::fesetround(kHostModes[mode]);
  std::feclearexcept(FE_ALL_EXCEPT);
  volatile float value = compute();
  uint32_t flags = host_flags();
  std::fesetround(FE_TONEAREST);
  uint32_t bits = std::bit_cast<uint32_t>(float(value));
  return {is_nan(bits) ? kNan : bits, flags};
}

Expected classify(uint32_t x) {
  uint32_t magnitude = x & 0x7fffffff, negative = x >> 31, bit;
  if (is_nan(x)) bit = is_signaling(x) ? 8 : 9;
  else if (magnitude == 0x7f800000) bit = negative ? 0 : 7;
  else if (magnitude == 0) bit = negative ? 3 : 4;
  else if (magnitude < 0x00800000) bit = negative ? 2 : 5;
  else bit = negative ? 1 : 6;
  return {1u << bit, 0};
}

Expected minmax(uint32_t a, uint32_t b, bool max) {
  uint32_t flags = is_signaling(a) || is_signaling(b) ? kInvalid : 0;
  if (is_nan(a) || is_nan(b)) return {is_nan(a) ? (is_nan(b) ? kNan : b) : a, flags};
  bool a_less = f(a) < f(b) || (f(a) == f(b) && a >> 31);
  return {a_less != max ? a : b, flags};
}

Expected compare(uint32_t a, uint32_t b, uint32_t kind) {
  bool invalid = kind == 2 ? is_signaling(a) || is_signaling(b) : is_nan(a) || is_nan(b);
  bool result = !is_nan(a) && !is_nan(b) && (kind == 0 ? f(a) <= f(b) : kind == 1 ? f(a) < f(b) : f(a) == f(b));
  return {result, invalid ? uint32_t(kInvalid) : 0};
}

Expected to_integer(uint32_t x, bool is_unsigned, uint32_t mode) {
  constexpr uint32_t kMax = 0x7fffffff;
  double low = is_unsigned ? 0.0 : -2147483648.0, high = is_unsigned ? 4294967295.0 : 2147483647.0;
  if (is_nan(x)) return {is_unsigned ? 0xffffffffu : kMax, kInvalid};
  std::fesetround(kHostModes[mode]);
  volatile double exact = f(x);
  volatile double rounded = std::nearbyint(exact);
  std::fesetround(FE_TONEAREST);
  if (rounded < low) return {is_unsigned ? 0u : 0x80000000u, kInvalid};
  if (rounded > high) return {is_unsigned ? 0xffffffffu : kMax, kInvalid};
  return {uint32_t(int64_t(rounded)), rounded != exact ? uint32_t(kInexact) : 0};
}

// RISC-V: infinity times zero is invalid even if the addend is a quiet NaN (IEEE-754 leaves it open, x86 differs).
template <typename Compute>
Expected fused(const Request &r, Compute compute) {
  Expected expected = arithmetic(r.mode, compute);
  auto is_zero = [](uint32_t x) { return (x & 0x7fffffff) == 0; };
  auto is_infinity = [](uint32_t x) { return (x & 0x7fffffff) == 0x7f800000; };
  if ((is_zero(r.a) && is_infinity(r.b)) || (is_infinity(r.a) && is_zero(r.b))) expected.flags |= kInvalid;
  return expected;
}

Expected reference(const Request &r) {
  volatile float a = f(r.a), b = f(r.b), c = f(r.c);  // volatile: computed where the rounding mode is set
  switch (r.op) {
    case kFmadd: return fused(r, [&] { return std::fma(a, b, r.modifier ? -c : c); });
    case kFnmsub: return fused(r, [&] { return std::fma(-a, b, r.modifier ? -c : c); });
    case kAdd: return arithmetic(r.mode, [&] { return r.modifier ? b - c : b + c; });
    case kMul: return arithmetic(r.mode, [&] { return a * b; });
    case kDiv: return arithmetic(r.mode, [&] { return a / b; });
    case kSqrt: return arithmetic(r.mode, [&] { return std::sqrt(a); });
    case kSgnj: {
      uint32_t sign = r.mode == 0 ? r.b : r.mode == 1 ? ~r.b : r.a ^ r.b;
      return {(r.a & 0x7fffffff) | (sign & 0x80000000), 0};
    }
    case kMinMax: return minmax(r.a, r.b, r.mode);
    case kCmp: return compare(r.a, r.b, r.mode);
    case kClassify: return classify(r.a);
    case kF2I: return to_integer(r.a, r.modifier, r.mode);
    default:
      return arithmetic(r.mode, [&] {
        volatile uint32_t u = r.a;
        volatile int32_t s = int32_t(r.a);
        return r.modifier ? float(u) : float(s);
      });
  }
}

// CVFPU decides tininess from the result rounded to the subnormal grid, IEEE-754 (RISC-V: after rounding) from the
// result with an unbounded exponent: for an inexact product or FMA that rounds to the smallest normal number the
// underflow flag may be wrong. Results are right, and no firmware reads the flag.
bool underflow_is_unclear(const Request &r, const Expected &e) {
  return (r.op == kFmadd || r.op == kFnmsub || r.op == kMul) && (e.result & 0x7fffffff) == 0x00800000 && (e.flags & kInexact);
}

struct Port {
  Request request{};
  bool active = false;        // request is being sent
  Request pending{};
  bool waiting = false, late = false;  // a result is due; its cycle is the next one unless it is a division
  Random random{};
  uint64_t count[13] = {};
};
Port ports[16];
uint32_t errors, operations = 0x1fff;
bool seeded;

bool is_division(const Request &r) { return r.op == kDiv || r.op == kSqrt; }

Request choose(Random &random) {
  Request r{operand(random), operand(random), operand(random), 0, random() & 1, random.below(4)};
  do r.op = random.below(13); while (r.op == kF2F || !(operations >> r.op & 1));
  if (random.below(4) == 0) r.b = r.a ^ (random() & 0x8000ffff);  // cancellation, quotients next to 1
  if (r.op == kSgnj || r.op == kCmp) r.mode = random.below(3);
  if (r.op == kMinMax) r.mode = random.below(2);
  if (r.op == kClassify) r.mode = 0, r.modifier = 0;
  if (r.op == kMul || is_division(r) || r.op == kSgnj || r.op == kMinMax || r.op == kCmp) r.modifier = 0;
  if (r.op == kI2F && random.below(2)) r.a >>= random.below(32);
  return r;
}

void complain(unsigned port, const Request &r, const char *what, uint32_t result, uint32_t flags, const Expected &e) {
  if (++errors > 20) return;
  std::printf("port %u %s/%u mode %u (%08x %08x %08x): %s, result %08x flags %02x, expected %08x %02x\n", port, kNames[r.op],
              r.modifier, r.mode, r.a, r.b, r.c, what, result, flags, e.result, e.flags);
}
}  // namespace

extern "C" {
void td_fpu_bench_seed(uint32_t seed, uint32_t mask) {
  for (unsigned p = 0; p < std::size(ports); ++p) ports[p] = Port{}, ports[p].random.state = seed * 0x9E3779B97F4A7C15ull + p + 1;
  operations = mask;
  errors = 0;
  seeded = true;
}
uint32_t td_fpu_bench_errors() { return errors; }
uint64_t td_fpu_bench_count(uint32_t operation) {
  uint64_t sum = 0;
  for (const Port &port : ports) sum += port.count[operation];
  return sum;
}

void td_fpu_bench_port(uint32_t index, uint32_t idle_percent, uint8_t gnt, uint8_t rvalid, uint32_t result, uint32_t status,
                       uint8_t *req, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *op, uint32_t *flags) {
  Port &port = ports[index];
  *req = 0;
  if (!seeded) return;
  if (rvalid) {
    if (!port.waiting) {
      complain(index, port.pending, "a result nobody waits for", result, status, {});
    } else {
      Expected expected = reference(port.pending);
      uint32_t ignored = underflow_is_unclear(port.pending, expected) ? kUnderflow : 0;
      if (result != expected.result || ((status ^ expected.flags) & ~ignored)) complain(index, port.pending, "mismatch", result, status, expected);
      ++port.count[port.pending.op];
    }
    port.waiting = false;
  } else if (port.waiting && !is_division(port.pending)) {
    complain(index, port.pending, "no result one cycle after the grant", 0, 0, {});
    port.waiting = false;
  }
  if (port.active && gnt) {
    port.pending = port.request;
    port.waiting = true;
    port.active = false;
  }
  // A core has no second operation beside a division, and sends it only when nothing else is in flight.
  if (!port.active && !(port.waiting && is_division(port.pending)) && port.random.below(100) >= idle_percent) {
    Request next = choose(port.random);
    if (!(port.waiting && is_division(next))) port.request = next, port.active = true;
  }
  *req = port.active;
  *a = port.request.a;
  *b = port.request.b;
  *c = port.request.c;
  *op = port.request.op | port.request.modifier << 4;
  *flags = port.request.mode | 2u << 9;  // FP32 to FP32, INT32
}
}

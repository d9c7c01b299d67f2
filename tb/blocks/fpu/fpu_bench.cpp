// SPDX-License-Identifier: Apache-2.0
// Stimuli and reference of the FPU bench: IEEE-754 binary32 by the host's own arithmetic, RISC-V's rules for NaN,
// conversions and comparisons. Results and exception flags must match bit for bit, in all five rounding modes, with one
// exception (underflow_is_unclear). Counts what was covered; tb/blocks/fpu/test_fpu.py reads it.
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
constexpr uint32_t kNearestAway = 4, kModes = 5;  // ties away from zero: no mode of the host's
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

uint32_t of_any_class(Random &random) {
  uint32_t sign = random() & 0x80000000, fraction = 1 + random.below(0x7fffff);
  switch (random.below(5)) {
    case 0: return sign;
    case 1: return sign | fraction;
    case 2: return sign | (1 + random.below(254)) << 23 | fraction;
    case 3: return sign | 0x7f800000;
    default: return sign | 0x7f800000 | fraction;
  }
}

uint32_t operand(Random &random) {
  static constexpr uint32_t special[] = {0,          1,          0x007fffff, 0x00800000, 0x00800001, 0x3f7fffff, 0x3f800000,
                                         0x3f800001, 0x40000000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001, 0x4b800000};
  switch (random.below(10)) {
    case 8:
    case 9: return of_any_class(random);
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

// Nearest, ties away: the host's nearest-even result, unless the exact value lies just between two floats (is_tie says
// whether it equals a given one) and even was the one towards zero.
template <typename Compute, typename IsTie>
Expected nearest_away(Compute compute, IsTie is_tie);

template <typename Compute>
Expected in_host_mode(uint32_t mode, Compute compute) {
  std::fesetround(kHostModes[mode]);
  std::feclearexcept(FE_ALL_EXCEPT);
  volatile float value = compute();
  uint32_t flags = host_flags();
  std::fesetround(FE_TONEAREST);
  uint32_t bits = std::bit_cast<uint32_t>(float(value));
  return {is_nan(bits) ? kNan : bits, flags};
}

using Exact = __float128;  // 113 bits

template <typename Compute, typename IsTie>
Expected nearest_away(Compute compute, IsTie is_tie) {
  Expected nearest = in_host_mode(0, compute), toward = in_host_mode(1, compute);
  uint32_t magnitude = toward.result & 0x7fffffff;
  if (nearest.result != toward.result || magnitude >= 0x7f800000 || !(nearest.flags & kInexact)) return nearest;
  uint32_t away = toward.result + 1;  // the next float away from zero; infinity stands for 2**128
  Exact next = (away & 0x7fffffff) == 0x7f800000 ? (away >> 31 ? -1 : 1) * Exact(0x1p127) * 2 : Exact(f(away));
  if (!is_tie((Exact(f(toward.result)) + next) / 2)) return nearest;
  return {away, nearest.flags | ((away & 0x7fffffff) == 0x7f800000 ? kOverflow : 0u)};
}

template <typename Compute, typename IsTie>
Expected arithmetic(uint32_t mode, Compute compute, IsTie is_tie) {
  return mode == kNearestAway ? nearest_away(compute, is_tie) : in_host_mode(mode, compute);
}

// product + addend == middle, where each is exact: if middle - addend is not, it has more bits than the product.
bool sum_is(Exact product, Exact addend, Exact middle) {
  Exact rest = middle - addend;
  return rest == product && rest + addend == middle && middle - rest == addend;
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
  std::fesetround(mode == kNearestAway ? FE_TONEAREST : kHostModes[mode]);
  volatile double exact = f(x);
  volatile double rounded = mode == kNearestAway ? std::round(exact) : std::nearbyint(exact);
  std::fesetround(FE_TONEAREST);
  if (rounded < low) return {is_unsigned ? 0u : 0x80000000u, kInvalid};
  if (rounded > high) return {is_unsigned ? 0xffffffffu : kMax, kInvalid};
  return {uint32_t(int64_t(rounded)), rounded != exact ? uint32_t(kInexact) : 0};
}

// RISC-V: infinity times zero is invalid even if the addend is a quiet NaN (IEEE-754 leaves it open, x86 differs).
Expected fused(const Request &r, bool negate_product) {
  volatile float a = negate_product ? -f(r.a) : f(r.a), b = f(r.b), c = r.modifier ? -f(r.c) : f(r.c);
  Expected expected = arithmetic(
      r.mode, [&] { return std::fma(a, b, c); }, [&](Exact middle) { return sum_is(Exact(a) * Exact(b), c, middle); });
  auto is_zero = [](uint32_t x) { return (x & 0x7fffffff) == 0; };
  auto is_infinity = [](uint32_t x) { return (x & 0x7fffffff) == 0x7f800000; };
  if ((is_zero(r.a) && is_infinity(r.b)) || (is_infinity(r.a) && is_zero(r.b))) expected.flags |= kInvalid;
  return expected;
}

Expected reference(const Request &r) {
  volatile float a = f(r.a), b = f(r.b), c = r.op == kAdd && r.modifier ? -f(r.c) : f(r.c);  // volatile: computed in the mode
  switch (r.op) {
    case kFmadd: return fused(r, false);
    case kFnmsub: return fused(r, true);
    case kAdd: return arithmetic(r.mode, [&] { return b + c; }, [&](Exact middle) { return sum_is(b, c, middle); });
    case kMul: return arithmetic(r.mode, [&] { return a * b; }, [&](Exact middle) { return Exact(a) * Exact(b) == middle; });
    case kDiv: return arithmetic(r.mode, [&] { return a / b; }, [&](Exact middle) { return middle * Exact(b) == Exact(a); });
    case kSqrt: return arithmetic(r.mode, [&] { return std::sqrt(a); }, [&](Exact middle) { return middle * middle == Exact(a); });
    case kSgnj: {
      uint32_t sign = r.mode == 0 ? r.b : r.mode == 1 ? ~r.b : r.a ^ r.b;
      return {(r.a & 0x7fffffff) | (sign & 0x80000000), 0};
    }
    case kMinMax: return minmax(r.a, r.b, r.mode);
    case kCmp: return compare(r.a, r.b, r.mode);
    case kClassify: return classify(r.a);
    case kF2I: return to_integer(r.a, r.modifier, r.mode);
    default: {
      volatile uint32_t u = r.a;
      volatile int32_t s = int32_t(r.a);
      Exact exact = r.modifier ? Exact(uint32_t(u)) : Exact(int32_t(s));
      return arithmetic(
          r.mode, [&] { return r.modifier ? float(u) : float(s); }, [&](Exact middle) { return exact == middle; });
    }
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
  bool waiting = false;       // a result is due; its cycle is known unless it is a division
  uint32_t refused = 0;       // cycles that the request has waited for its grant
  uint32_t age = 0;           // cycles since the grant of pending
  uint64_t cycle = 0;
  Random random{};
  uint64_t count[13] = {};
};
constexpr unsigned kPorts = 8;
Port ports[kPorts], before[kPorts];  // before: as they were at the last clock edge, whichever port is served first
uint32_t errors, operations = 0x1fff, share = 1, latency = 1;  // latency: of a pipelined operation, in cycles
bool seeded;

// ---- Coverage ----
enum Class { kZero, kSubnormal, kNormal, kInfinity, kNotANumber, kClasses };
enum Neighbour { kQuiet, kPipelined, kDividing, kNeighbours };
uint64_t class_bins[13][2][kModes][kClasses][kClasses];  // operation, modifier, mode, classes of two operands
uint64_t pair_bins[13][kNeighbours][2];                  // operation, what the other core does at the grant, had to wait
uint32_t longest_wait[2], longest[13], shortest[13];     // cycles to the grant (pipelined, division); grant to result

Class class_of(uint32_t x) {
  uint32_t magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return kNotANumber;
  if (magnitude == 0x7f800000) return kInfinity;
  return magnitude == 0 ? kZero : magnitude < 0x00800000 ? kSubnormal : kNormal;
}

bool is_division(const Request &r) { return r.op == kDiv || r.op == kSqrt; }

bool has_modifier(uint32_t op) { return op == kFmadd || op == kFnmsub || op == kAdd || op == kF2I || op == kI2F; }
uint32_t modes(uint32_t op) {
  return op == kSgnj || op == kCmp ? 3 : op == kMinMax ? 2 : op == kClassify ? 1 : kModes;
}

// Quotients and roots that lie next to a float or next to the middle of two, from the result backwards.
void make_hard(Request &r, Random &random) {
  uint32_t near = (random() & 0x007fffff) | (100 + random.below(50)) << 23;
  Exact middle = (Exact(f(near)) + Exact(f(near + 1))) / (random.below(2) ? 2 : 1);
  if (r.op == kDiv) r.a = std::bit_cast<uint32_t>(float(middle * Exact(f(r.b)))) + random.below(3) - 1;
  else r.a = std::bit_cast<uint32_t>(float(middle * middle)) + random.below(3) - 1;
}

Request choose(Random &random) {
  Request r{operand(random), operand(random), operand(random), 0, random() & 1, random.below(kModes)};
  do r.op = random.below(13); while (r.op == kF2F || !(operations >> r.op & 1));
  if (random.below(8) == 0) r.b = r.a ^ (random() & 0x8000ffff);  // cancellation, quotients next to 1
  r.mode = random.below(modes(r.op));
  if (!has_modifier(r.op)) r.modifier = 0;
  if (is_division(r) && random.below(3) == 0) make_hard(r, random);
  if (random.below(4) == 0) r.a = of_any_class(random), r.b = of_any_class(random), r.c = of_any_class(random);
  if (r.op == kI2F && random.below(2)) r.a >>= random.below(32);
  return r;
}

void complain(unsigned port, const Request &r, const char *what, uint32_t result, uint32_t flags, const Expected &e) {
  if (++errors > 20) return;
  std::printf("port %u %s/%u mode %u (%08x %08x %08x): %s, result %08x flags %02x, expected %08x %02x\n", port, kNames[r.op],
              r.modifier, r.mode, r.a, r.b, r.c, what, result, flags, e.result, e.flags);
}
}  // namespace

// The operands that an operation has: addition takes b and c, the fused ones are binned by factor and addend.
void cover(const Request &r) {
  uint32_t first = r.op == kAdd ? r.b : r.a;
  uint32_t second = r.op == kAdd || r.op == kFmadd || r.op == kFnmsub ? r.c : r.b;
  ++class_bins[r.op][r.modifier][r.mode][class_of(first)][class_of(second)];
}

bool has_second(uint32_t op) { return op != kSqrt && op != kClassify && op != kF2I && op != kI2F; }

extern "C" {
void td_fpu_bench_seed(uint32_t seed, uint32_t mask, uint32_t cores_a_unit, uint32_t pipelined) {
  for (unsigned p = 0; p < kPorts; ++p) ports[p] = Port{}, ports[p].random.state = seed * 0x9E3779B97F4A7C15ull + p + 1;
  std::copy(std::begin(ports), std::end(ports), std::begin(before));
  std::fill(std::begin(shortest), std::end(shortest), 1000);
  operations = mask;
  share = cores_a_unit;
  latency = pipelined;
  errors = 0;
  seeded = true;
}
uint32_t td_fpu_bench_errors() { return errors; }
uint64_t td_fpu_bench_count(uint32_t operation) {
  uint64_t sum = 0;
  for (const Port &port : ports) sum += port.count[operation];
  return sum;
}
uint64_t td_fpu_bench_port_count(uint32_t port, uint32_t operation) { return ports[port].count[operation]; }
uint32_t td_fpu_bench_longest(uint32_t operation) { return longest[operation]; }
uint32_t td_fpu_bench_shortest(uint32_t operation) { return shortest[operation]; }
uint32_t td_fpu_bench_wait(uint32_t division) { return longest_wait[division]; }

// How many bins there are and, in *open, how many have not been hit; the first open ones are printed.
uint32_t td_fpu_bench_bins(uint32_t *open) {
  uint32_t total = 0;
  *open = 0;
  auto bin = [&](uint64_t hits, const char *what, unsigned op, unsigned i, unsigned j, unsigned k, unsigned l) {
    ++total;
    if (hits == 0 && ++*open <= 20) std::printf("open: %s %s %u %u %u %u\n", what, kNames[op], i, j, k, l);
  };
  for (uint32_t op = 0; op < 13; ++op) {
    if (op == kF2F || !(operations >> op & 1)) continue;
    for (uint32_t modifier = 0; modifier <= uint32_t(has_modifier(op)); ++modifier)
      for (uint32_t mode = 0; mode < modes(op); ++mode)
        for (uint32_t a = 0; a < (op == kI2F ? 1 : kClasses); ++a)
          for (uint32_t b = 0; b < (has_second(op) ? kClasses : 1); ++b) {
            uint64_t hits = 0;  // an integer has no class, an absent operand any
            for (uint32_t x = 0; x < kClasses; ++x)
              for (uint32_t y = 0; y < kClasses; ++y)
                if ((op == kI2F || x == a) && (!has_second(op) || y == b)) hits += class_bins[op][modifier][mode][x][y];
            bin(hits, "modifier, mode, classes", op, modifier, mode, a, b);
          }
    if (share == 1) continue;
    bool division = op == kDiv || op == kSqrt;
    for (uint32_t neighbour = 0; neighbour < kNeighbours; ++neighbour)
      for (uint32_t waited = 0; waited < 2; ++waited) {
        // While the other core's division is under way a division is not granted, and nobody else is in the way.
        if (neighbour == kDividing && (division || waited)) continue;
        // Who went first has nothing to send until its result comes, if that takes more than a cycle.
        if (latency > 1 && neighbour == kPipelined && waited && !division) continue;
        bin(pair_bins[op][neighbour][waited], "neighbour, waited", op, neighbour, waited, 0, 0);
      }
  }
  return total;
}

void td_fpu_bench_port(uint32_t index, uint32_t idle_percent, uint8_t gnt, uint8_t rvalid, uint32_t result, uint32_t status,
                       uint8_t *req, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *op, uint32_t *flags) {
  Port &port = ports[index];
  *req = 0;
  if (!seeded) return;
  before[index] = port;
  ++port.age;
  ++port.cycle;
  if (rvalid) {
    if (!port.waiting) {
      complain(index, port.pending, "a result nobody waits for", result, status, {});
    } else {
      Expected expected = reference(port.pending);
      uint32_t ignored = underflow_is_unclear(port.pending, expected) ? kUnderflow : 0;
      if (result != expected.result || ((status ^ expected.flags) & ~ignored)) complain(index, port.pending, "mismatch", result, status, expected);
      ++port.count[port.pending.op];
      cover(port.pending);
      longest[port.pending.op] = std::max(longest[port.pending.op], port.age);
      shortest[port.pending.op] = std::min(shortest[port.pending.op], port.age);
    }
    port.waiting = false;
  } else if (port.waiting && !is_division(port.pending) && port.age >= latency) {
    complain(index, port.pending, "no result its latency after the grant", 0, 0, {});
    port.waiting = false;
  } else if (port.waiting && port.age > 100) {
    complain(index, port.pending, "no result", 0, 0, {});
    port.waiting = false;
  }
  if (port.active && gnt) {
    if (share > 1) {
      // The other port of the unit as it was in the same cycle, whether it has been served already or not.
      unsigned other_index = index ^ 1;
      const Port &other = ports[other_index].cycle == port.cycle ? before[other_index] : ports[other_index];
      bool dividing = other.waiting && is_division(other.pending);
      Neighbour neighbour = dividing ? kDividing : other.active && !is_division(other.request) ? kPipelined : kQuiet;
      ++pair_bins[port.request.op][neighbour][port.refused != 0];
    }
    uint32_t &wait = longest_wait[is_division(port.request)];
    wait = std::max(wait, port.refused);
    port.pending = port.request;
    port.waiting = true;
    port.age = 0;
    port.active = false;
    port.refused = 0;
  } else if (port.active) {
    // The other core of the unit goes first once; a division waits for the other's, which began before it.
    if (++port.refused > (is_division(port.request) ? 50 : share - 1)) {
      complain(index, port.request, "refused too long", 0, 0, {});
      port.refused = 0;
    }
  }
  // A core has no second operation beside one that takes more than a cycle, and sends it when nothing else is in flight.
  if (!port.active && !(port.waiting && (latency > 1 || is_division(port.pending))) && port.random.below(100) >= idle_percent) {
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

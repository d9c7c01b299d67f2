// SPDX-License-Identifier: Apache-2.0
// Traffic and reference of the TCDM bench.
//
// The reference memory changes when the interconnect grants: a bank serves one access a cycle, so the order within a
// cycle does not matter, and that no bank serves two is checked. Waiting times are compared with the promised bounds.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

extern "C" uint8_t *td_host_region(int region);

namespace {
constexpr uint32_t kBytes = 128 << 10;

struct Random {  // xorshift64*
  uint64_t state = 88172645463325252ull;
  uint32_t operator()() {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return uint32_t((state * 0x2545F4914F6CDD1Dull) >> 32);
  }
  uint32_t below(uint32_t n) { return uint32_t((uint64_t((*this)()) * n) >> 32); }
};

struct Access {
  bool req = false, we = false;
  uint32_t addr = 0, be = 0, wdata = 0;
};
struct Port {
  Access access;
  bool due = false, check = false;  // a response is due now; its data are checked (reads)
  uint32_t expected = 0, waited = 0;
};

// Traffic: percent of cycles in which an idle port sends, and the banks (how many from which on) and rows of the addresses.
uint32_t narrow_percent = 50, wide_percent = 50, first_bank = 0, used_banks = 32, used_rows = 1024;

Random rng;
Port ports[32];
struct Wide {
  bool req = false, we = false, due = false;
  uint32_t addr = 0, waited = 0, be[64], wdata[64], expected[64], expected_be[64];
} wide;
uint32_t words, banks, num_ports, wide_max, narrow_max;
uint8_t memory[kBytes];
std::vector<bool> bank_taken;
uint32_t errors, narrow_worst, wide_worst;
uint64_t narrow_grants[32], wide_grants, cycles;

// Functional coverage, counted when a request is granted unless the name says otherwise; bins are stated in Python.
enum Point {
  kWideFirstBank,  // of a beat, reads then writes
  kWideWrap,       // beats with a bank below their first one (the next row), reads and writes
  kWideBe,         // byte enables of a word, reads then writes
  kWideWon,        // contested bank of a conflict that the wide port won
  kWideLost,       // ... that it lost
  kHole,           // bank of a word without byte enable, given to a narrow port in the beat's cycle
  kNarrowBank,     // port x bank
  kNarrowBe,       // byte enables, reads then writes
  kRivals,         // narrow requests for one bank in a cycle, granted or not
  kPoints
};
uint32_t hits[kPoints][1024];
uint32_t contested[64], holes_used[64];  // of this cycle, by bank

// Whose turn it is: of the ports at a bank the next one round; of the sides the favoured one, for so many conflicts yet.
uint32_t requests[64];  // a bit a port, by bank, of this cycle
int last_winner[64];
bool narrow_favoured;
uint32_t conflicts_won;

void fail(const char *what, uint32_t a, uint32_t b, uint32_t c) {
  if (++errors <= 20) std::printf("cycle %llu: %s: %x, %x, %x\n", (unsigned long long)cycles, what, a, b, c);
}

uint32_t load(uint32_t addr) {
  uint32_t word;
  std::memcpy(&word, memory + (addr & ~3u), 4);
  return word;
}

void store(uint32_t addr, uint32_t data, uint32_t be) {
  for (unsigned i = 0; i < 4; ++i)
    if (be >> i & 1) memory[(addr & ~3u) + i] = uint8_t(data >> 8 * i);
}

void take_bank(uint32_t addr) {
  uint32_t bank = addr / 4 % banks;
  if (bank_taken[bank]) fail("bank served twice", bank, addr, 0);
  bank_taken[bank] = true;
}

void take_turn(uint32_t bank, uint32_t port) {
  uint32_t above = last_winner[bank] < 0 ? 0 : requests[bank] & ~((2u << last_winner[bank]) - 1);
  uint32_t next = __builtin_ctz(above ? above : requests[bank]);
  if (port != next) fail("out of turn: bank, port, whose turn it is", bank, port, next);
  last_winner[bank] = int(port);
}

void decide_conflict(bool wide_won) {
  if (wide_won == narrow_favoured) fail("the wrong side wins: narrow side favoured, conflicts won", narrow_favoured, conflicts_won, 0);
  if (++conflicts_won >= (narrow_favoured ? narrow_max : wide_max)) narrow_favoured = !narrow_favoured, conflicts_won = 0;
}
}  // namespace

extern "C" {
void td_tcdm_bench_traffic(uint32_t narrow, uint32_t wide_share, uint32_t first, uint32_t bank_count, uint32_t rows,
                           uint32_t seed) {
  narrow_percent = narrow, wide_percent = wide_share, first_bank = first, used_banks = bank_count, used_rows = rows;
  rng.state = seed * 0x9E3779B97F4A7C15ull + 1;
  narrow_worst = wide_worst = 0;
  wide_grants = cycles = 0;
  std::fill(std::begin(narrow_grants), std::end(narrow_grants), 0);
  std::memcpy(memory, td_host_region(0), kBytes);
}
void td_tcdm_bench_reset() {
  std::fill(std::begin(last_winner), std::end(last_winner), -1);
  narrow_favoured = false, conflicts_won = 0;
}
uint32_t td_tcdm_bench_narrow_worst() { return narrow_worst; }
uint32_t td_tcdm_bench_wide_worst() { return wide_worst; }
uint64_t td_tcdm_bench_narrow_grants(uint32_t port) { return narrow_grants[port]; }
uint64_t td_tcdm_bench_wide_grants() { return wide_grants; }
uint32_t td_tcdm_bench_hits(uint32_t point, uint32_t bin) { return hits[point][bin]; }
uint64_t td_tcdm_bench_cycles() { return cycles; }
uint32_t td_tcdm_bench_differences() {  // words of the real memory that differ from the reference
  uint32_t count = 0;
  for (uint32_t a = 0; a < kBytes; a += 4) {
    uint32_t real;
    std::memcpy(&real, td_host_region(0) + a, 4);
    count += real != load(a);
  }
  return count;
}

void td_tcdm_bench_begin(uint32_t n, uint32_t b, uint32_t w, uint32_t max_wide, uint32_t max_narrow) {
  num_ports = n, banks = b, words = w, wide_max = std::max(max_wide, 1u), narrow_max = std::max(max_narrow, 1u);
  bank_taken.assign(banks, false);
  ++cycles;
  uint32_t rivals[64] = {};
  std::fill(std::begin(requests), std::end(requests), 0);
  for (uint32_t p = 0; p < num_ports; ++p)
    if (ports[p].access.req) ++rivals[ports[p].access.addr / 4 % banks], requests[ports[p].access.addr / 4 % banks] |= 1u << p;
  for (uint32_t bank = 0; bank < banks; ++bank) {
    if (rivals[bank]) ++hits[kRivals][rivals[bank]];
    contested[bank] = holes_used[bank] = 0;
  }
  for (uint32_t i = 0; wide.req && i < words; ++i) {
    uint32_t bank = (wide.addr / 4 + i) % banks;
    contested[bank] = wide.be[i] && rivals[bank];
  }
}

void td_tcdm_bench_port(uint32_t index, uint8_t gnt, uint8_t rvalid, uint32_t rdata, uint8_t *req, uint32_t *addr, uint8_t *we,
                        uint32_t *be, uint32_t *wdata) {
  Port &port = ports[index];
  Access &access = port.access;
  if (bool(rvalid) != port.due) fail("response at the wrong time: port, rvalid", index, rvalid, 0);
  if (rvalid && port.check && rdata != port.expected) fail("wrong data: port, got, expected", index, rdata, port.expected);
  port.due = port.check = false;
  if (gnt && !access.req) fail("grant without request: port", index, 0, 0);
  if (access.req && gnt) {
    take_bank(access.addr);
    take_turn(access.addr / 4 % banks, index);
    ++hits[kNarrowBank][index * banks + access.addr / 4 % banks];
    ++hits[kNarrowBe][access.we * 16 + access.be];
    holes_used[access.addr / 4 % banks] = 1;
    port.due = true;
    port.check = !access.we;
    port.expected = load(access.addr);
    if (access.we) store(access.addr, access.wdata, access.be);
    narrow_worst = std::max(narrow_worst, port.waited);
    ++narrow_grants[index];
    access.req = false;
    port.waited = 0;
  } else if (access.req && ++port.waited > (wide_max + 1) * num_ports - 1) {
    fail("waits longer than promised: port, cycles", index, port.waited, 0);
  }
  if (!access.req && rng.below(100) < narrow_percent) {
    uint32_t row = rng.below(used_rows), bank = first_bank + rng.below(used_banks);
    access = {true, bool(rng() & 1), (row * banks + bank) * 4 % kBytes, rng() & 15, rng()};
  }
  *req = access.req, *addr = access.addr, *we = access.we, *be = access.be, *wdata = access.wdata;
}

void td_tcdm_bench_wide(uint8_t gnt, uint8_t rvalid, const uint32_t *rdata, uint8_t *req, uint32_t *addr, uint8_t *we,
                        uint32_t *be, uint32_t *wdata) {
  Wide &w = wide;
  if (bool(rvalid) != w.due) fail("wide response at the wrong time", rvalid, 0, 0);
  if (rvalid && w.due)
    for (uint32_t i = 0; i < words; ++i)
      if (w.expected_be[i] && rdata[i] != w.expected[i]) fail("wrong wide data: word, got, expected", i, rdata[i], w.expected[i]);
  w.due = false;
  if (w.req && std::any_of(contested, contested + banks, [](uint32_t bank) { return bank != 0; })) decide_conflict(gnt);
  for (uint32_t bank = 0; w.req && bank < banks; ++bank)
    if (contested[bank]) ++hits[gnt ? kWideWon : kWideLost][bank];
  if (gnt && !w.req) fail("wide grant without request", 0, 0, 0);
  if (w.req && gnt) {
    for (uint32_t i = 0; i < words; ++i) {
      if (!w.be[i]) hits[kHole][(w.addr / 4 + i) % banks] += holes_used[(w.addr / 4 + i) % banks];
      ++hits[kWideBe][w.we * 16 + w.be[i]];
      if (!w.be[i]) continue;
      if (w.addr / 4 % banks + i >= banks) ++hits[kWideWrap][w.we];
      take_bank(w.addr + 4 * i);
      w.expected[i] = load(w.addr + 4 * i);
      if (w.we) store(w.addr + 4 * i, w.wdata[i], w.be[i]);
    }
    std::copy(w.be, w.be + words, w.expected_be);
    w.due = !w.we;
    wide_worst = std::max(wide_worst, w.waited);
    ++wide_grants;
    ++hits[kWideFirstBank][w.we * banks + w.addr / 4 % banks];
    w.req = false;
    w.waited = 0;
  } else if (w.req && ++w.waited > narrow_max) {
    fail("the wide port waits longer than promised", w.waited, 0, 0);
  }
  if (!w.req && rng.below(100) < wide_percent) {
    w.req = true;
    w.we = rng() & 1;
    w.addr = 4 * rng.below(kBytes / 4);
    uint32_t inside = (kBytes - w.addr) / 4;  // words of the beat within the memory; the others have no byte enable
    for (uint32_t i = 0; i < words; ++i) {
      w.be[i] = i >= inside || rng.below(8) == 0 ? 0 : rng.below(2) ? 15 : rng() & 15;
      w.wdata[i] = rng();
    }
  }
  *req = w.req, *addr = w.addr, *we = w.we;
  for (uint32_t i = 0; i < (words * 4 + 31) / 32; ++i) be[i] = 0;
  for (uint32_t i = 0; i < words; ++i) be[i / 8] |= w.be[i] << 4 * (i % 8), wdata[i] = w.wdata[i];
}

uint32_t td_tcdm_bench_end() { return errors; }
}

// SPDX-License-Identifier: Apache-2.0
// A plain loop around td_bare_cores: bare_main <cycles> prints processor seconds and accepted FPU operations.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "Vtd_bare_cores.h"
#include "verilated.h"

int main(int argc, char **argv) {
  const unsigned long cycles = std::strtoul(argv[argc - 1], nullptr, 10);
  auto context = std::make_unique<VerilatedContext>();
  auto top = std::make_unique<Vtd_bare_cores>(context.get());
  auto clock = [&](unsigned long count) {
    for (unsigned long i = 0; i < count; ++i) {
      top->clk_i = 1;
      top->eval();
      top->clk_i = 0;
      top->eval();
    }
  };
  for (int level : {1, 0}) {  // an edge: two-state models start at 0
    top->rst_ni = level;
    clock(10);
  }
  top->rst_ni = 1;
  clock(1000);
  const unsigned long long operations = top->fma_o;
  const std::clock_t begun = std::clock();
  clock(cycles);
  std::printf("%.6f %llu\n", double(std::clock() - begun) / CLOCKS_PER_SEC, (unsigned long long)top->fma_o - operations);
  top->final();
}

// SPDX-License-Identifier: Apache-2.0
// Simulation model of a 32 MB HyperRAM on its pins, with protocol checks. The bytes lie in host memory region 2.
//
// It runs on the controller's clock, clk_i: a change of ck_i from one cycle to the next is a clock edge, and the byte on
// DQ in that cycle is the edge's. Outputs follow an edge one cycle later. Modelled: command/address, fixed and variable
// initial latency (counted from the clock of the last command bytes; twice as long in fixed mode and when a refresh
// collides), registers ID0, ID1, CR0 and CR1, write masks, a pause of reads at a row's end, deep reset. Wrapped bursts are
// not. A violation is an $error; with +td_hyperram_count_only it is only counted.
module td_hyperram #(
  parameter int unsigned Bytes         = td_platform_pkg::TD_L3_SIZE,
  parameter int unsigned RowBytes      = 1024,
  parameter int unsigned RowPause      = 4,     // clocks
  parameter int unsigned CsLowMax      = 1440,  // cycles: 4 us at 360 MHz
  parameter int unsigned CsHighMin     = 4,     // cycles
  parameter int unsigned ResetToAccess = 144,   // cycles: 400 ns
  parameter int unsigned RefreshPeriod = 1440   // cycles between refreshes of a row
) (
  input  logic       clk_i,
  input  logic       reset_ni,
  input  logic       cs_ni,
  input  logic       ck_i,
  input  logic       rwds_i,
  input  logic       rwds_oe_i,  // the controller drives RWDS
  output logic       rwds_o,
  output logic       rwds_oe_o,
  input  logic [7:0] dq_i,
  input  logic       dq_oe_i,    // the controller drives DQ
  output logic [7:0] dq_o,
  output logic       dq_oe_o
);

  import "DPI-C" function byte unsigned td_host_read8(input int region, input int unsigned index);
  import "DPI-C" function void td_host_write8(input int region, input int unsigned index, input byte unsigned data);

  localparam int unsigned CommandEdges = 6;
  localparam logic [15:0] Id0 = 16'h0E81, Id1 = 16'h0001, Cr0Reset = 16'h8F2F, Cr1Reset = 16'hFFC1;

  // The rules of the protocol that are checked.
  typedef enum logic [4:0] {
    NoSuchRegister, WrappedBurst, ReservedBits, OutsideDevice, DataNotDriven, MaskNotDriven, RowCrossed,
    SelectedInReset, RisesAtClockHigh, CommandCut, NoData, HalfWord, HighTooShort,
    TooSoonAfterReset, FallsAtClockHigh, CommandNotDriven, DrivenInLatency, LowTooLong,
    DataFight, MaskFight, ClockWithoutSelect
  } rule_e;

  int unsigned violations;  // since the start, for the bench
  logic [31:0] broken;      // the rules that were violated, a bit each
  bit          count_only;
  initial begin
    violations = 0;
    broken     = '0;
    count_only = $test$plusargs("td_hyperram_count_only") != 0;
    was_high   = 1'b1;
  end

  logic [15:0] cr0, cr1;
  logic        was_high, last_ck;
  logic [31:0] low_cycles, high_cycles, reset_cycles, refresh_cycles;
  logic        refresh_due;

  // The transaction.
  logic [47:0] command;
  logic [31:0] edges, first_data;  // edges so far; the edge of the first data byte
  logic [31:0] address;            // of the present byte
  logic [31:0] pause;              // edges without data
  logic        double, moved, second;

  logic        is_read, is_register;  // of the command so far

  function automatic int unsigned latency_clocks(logic [3:0] code);
    return code == 4'hE ? 3 : code == 4'hF ? 4 : 5 + 32'(code);
  endfunction

  function automatic void violation(rule_e rule, string text);
    violations += 1;
    broken[rule] = 1'b1;
    if (!count_only) $error("HyperRAM: %s", text);
  endfunction

  function automatic logic [7:0] register_byte(logic [31:0] byte_address);
    logic [15:0] value;
    case (byte_address >> 1)
      32'h0000: value = Id0;
      32'h0001: value = Id1;
      32'h0800: value = cr0;
      32'h0801: value = cr1;
      default:  value = '0;
    endcase
    return byte_address[0] ? value[7:0] : value[15:8];
  endfunction

  function automatic void write_register(logic [31:0] byte_address, logic [7:0] data);
    case (byte_address)
      32'h1000: cr0[15:8] = data;
      32'h1001: cr0[7:0]  = data;
      32'h1002: cr1[15:8] = data;
      32'h1003: cr1[7:0]  = data;
      default:  violation(NoSuchRegister, "write to a register that does not exist");
    endcase
  endfunction

  task automatic decode();
    double     = rwds_o;
    address    = {command[43:16], command[2:0], 1'b0};
    first_data = CommandEdges + 1;
    if (is_read || !is_register) first_data += 2 * ((latency_clocks(cr0[7:4]) << double) - 1);
    if (!command[45] && !is_register) violation(WrappedBurst, "wrapped bursts are not modelled");
    if (command[44] || command[15:3] != '0) violation(ReservedBits, "reserved command bits are set");
    if (!is_register && address >= Bytes) violation(OutsideDevice, "address outside the device");
  endtask

  task automatic read_byte();
    if (pause != 0) begin
      pause -= 1;
    end else begin
      dq_o   <= is_register ? register_byte(address) : td_host_read8(2, address % Bytes);
      rwds_o <= !second;
      second = !second;
      address += 1;
      if (!is_register && address % RowBytes == 0) pause = 2 * RowPause;
    end
  endtask

  task automatic write_byte();
    if (!dq_oe_i) violation(DataNotDriven, "DQ is not driven for a byte to be written");
    if (!is_register && !rwds_oe_i) violation(MaskNotDriven, "RWDS is not driven for a byte to be written");
    if (!is_register && moved && address % RowBytes == 0) begin
      violation(RowCrossed, "write burst runs across a row boundary");
    end
    if (is_register) write_register(address, dq_i);
    else if (!rwds_i) td_host_write8(2, address % Bytes, dq_i);
    second = !second;
    moved = 1'b1;
    address += 1;
  endtask

  always @(posedge clk_i) begin
    if (!reset_ni) begin
      cr0            = Cr0Reset;
      cr1            = Cr1Reset;
      high_cycles    = CsHighMin;
      low_cycles     = 0;
      reset_cycles   = 0;
      refresh_cycles = 0;
      refresh_due    = 1'b0;
      rwds_oe_o <= 1'b0;
      dq_oe_o   <= 1'b0;
      rwds_o    <= 1'b0;
      if (!cs_ni && !was_high) violation(SelectedInReset, "selected during reset");
    end else begin
      if (reset_cycles < ResetToAccess) reset_cycles += 1;
      refresh_cycles += 1;
      if (refresh_cycles >= RefreshPeriod) begin
        refresh_cycles = 0;
        refresh_due    = 1'b1;
      end

      if (cs_ni) begin
        if (!was_high) begin
          high_cycles = 0;
          if (ck_i || last_ck) violation(RisesAtClockHigh, "chip select rises while the clock is high");
          if (edges < CommandEdges) violation(CommandCut, "transaction ends within the command");
          else if (!is_read && !moved) violation(NoData, "write without data");
          else if (!is_read && second) violation(HalfWord, "write of half a word");
          rwds_oe_o <= 1'b0;
          dq_oe_o   <= 1'b0;
          rwds_o    <= 1'b0;
        end
        else if (ck_i != last_ck) violation(ClockWithoutSelect, "the clock runs while chip select is high");
        if (high_cycles < 32) high_cycles += 1;
        else refresh_due = 1'b0;  // there is time to refresh
      end else begin
        if (was_high) begin
          if (high_cycles < CsHighMin) violation(HighTooShort, "chip select is high for too short a time");
          if (reset_cycles < ResetToAccess) violation(TooSoonAfterReset, "access too soon after reset");
          if (ck_i) violation(FallsAtClockHigh, "chip select falls while the clock is high");
          edges      = 0;
          low_cycles = 0;
          moved      = 1'b0;
          second     = 1'b0;
          pause      = 0;
          first_data = '1;
          rwds_oe_o <= 1'b1;
          rwds_o    <= cr0[3] || refresh_due;
          refresh_due = 1'b0;
        end else if (ck_i != last_ck) begin
          edges += 1;
          if (edges <= CommandEdges) begin
            if (!dq_oe_i) violation(CommandNotDriven, "DQ is not driven for the command");
            command     = {command[39:0], dq_i};
            is_read     = command[47];
            is_register = command[46];
            if (edges == CommandEdges) decode();
          end else if (!is_read && edges < first_data && dq_oe_i) begin
            violation(DrivenInLatency, "DQ is driven before the latency has passed: do the latency settings differ?");
          end
          if (edges == CommandEdges) begin
            rwds_o    <= 1'b0;
            rwds_oe_o <= is_read;
          end
          if (is_read && edges == CommandEdges + 2) dq_oe_o <= 1'b1;
          if (edges > CommandEdges && edges >= first_data) begin
            if (is_read) read_byte();
            else write_byte();
          end
        end
        low_cycles += 1;
        if (low_cycles == CsLowMax + 1) violation(LowTooLong, "chip select is low for too long");
        if (dq_oe_i && dq_oe_o) violation(DataFight, "both sides drive DQ");
        if (rwds_oe_i && rwds_oe_o) violation(MaskFight, "both sides drive RWDS");
      end
    end
    was_high = cs_ni;
    last_ck  = ck_i;
  end

endmodule

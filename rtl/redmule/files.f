rtl/redmule/td_redmule.sv

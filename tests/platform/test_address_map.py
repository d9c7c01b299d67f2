# SPDX-License-Identifier: Apache-2.0
"""The address map can be decoded by hardware, and software's division of the memories fits into it."""

import itertools

from traindeploy.platform import NUM_CORES, STACK_BYTES, address_map, layout
from traindeploy.platform.registers import map_files, register_map


def test_regions_are_powers_of_two_at_multiples_of_their_size():
    for region in address_map.REGIONS:
        assert region.size & (region.size - 1) == 0, region.name
        assert region.base % region.size == 0, region.name


def test_no_two_regions_overlap_unless_one_holds_the_other():
    for a, b in itertools.combinations(address_map.REGIONS, 2):
        inside = (a.base in b and a.end <= b.end) or (b.base in a and b.end <= a.end)
        assert a.end <= b.base or b.end <= a.base or inside, (a.name, b.name)
        if inside:
            assert address_map.SOC_PERIPHERALS in (a, b), (a.name, b.name)


def test_every_register_map_lies_in_a_region_that_holds_it():
    mapped = {region.registers: region for region in address_map.REGIONS if region.registers}
    assert set(mapped) == set(map_files())
    for block, region in mapped.items():
        assert max(r.at(r.count - 1) for r in register_map(block).registers) < region.size, block


def test_every_register_map_fits_the_bits_that_its_decoder_compares():
    """Decoders take address bits 9 to 0 (the event unit's is the cores' own): what lay beyond would be an alias."""
    for block in set(map_files()) - {"event_unit"}:
        assert max(r.at(r.count - 1) for r in register_map(block).registers) < 1 << 10, block


def test_softwares_division_fills_tcdm_and_l2_exactly():
    tcdm, l2 = address_map.TCDM, address_map.L2
    assert layout.TCDM_ARENA.base == tcdm.base
    assert layout.TCDM_VARIABLES.base == layout.TCDM_ARENA.end
    assert layout.TCDM_VARIABLES.end + NUM_CORES * STACK_BYTES == tcdm.end
    assert (layout.L2_FIRMWARE.base, layout.L2_FIRMWARE.end) == (l2.base, layout.L2_ARENA.base)
    assert layout.L2_ARENA.end == l2.end

# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the event unit, which its tests must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "an event is lost to its clear": Mutant(
        file="td_event_core",
        text="(buffer_q & ~clear) | events_i",
        replacement="(buffer_q | events_i) & ~clear",
    ),
    "any event ends a wait at a barrier": Mutant(
        file="td_event_core",
        text="barrier_q ? (32'd1 << TD_EVENT_BARRIER) : mask_q",
        replacement="mask_q",
    ),
    "a masked event wakes": Mutant(
        file="td_event_core",
        text="wait_q && (buffer_q & waited_for_q) != '0",
        replacement="wait_q && buffer_q != '0",
    ),
    "a wait always clears": Mutant(
        file="td_event_unit",
        text="!we_i[c] && barrier_at[c] == TD_EVENT_UNIT_BARRIER_TRIGGER_WAIT_CLEAR_OFFSET",
        replacement="!we_i[c]",
    ),
    "the clock stops as the core wakes": Mutant(
        file="td_event_core",
        text="wait_q && !wake && sleep_i",
        replacement="wait_q && sleep_i",
    ),
    "arrivals of others block a barrier": Mutant(
        file="td_event_unit",
        text="(status_d[b] & mask_q[b]) == mask_q[b]",
        replacement="status_d[b] == mask_q[b]",
    ),
    "a barrier wakes everyone": Mutant(
        file="td_event_unit",
        text="barrier_done |= mask_q[b]",
        replacement="barrier_done |= '1",
    ),
    "arrivals of others are forgotten": Mutant(
        file="td_event_unit",
        text="status_d[b] &= ~mask_q[b]",
        replacement="status_d[b] = '0",
        nightly=True,
    ),
    "of two senders the last one counts": Mutant(
        file="td_event_unit",
        text="sw_events[sw_event[c]] |=",
        replacement="sw_events[sw_event[c]] =",
    ),
}

# SPDX-License-Identifier: Apache-2.0
"""What the parts of TrainDeploy tell each other and the world: typed, versioned, each field written down once.

| module | record | file |
|---|---|---|
| `program` | `ProgramDescription`: what the compiler tells the bench | `program.json` |
| `progress` | events while a run goes on | `progress.jsonl`, one a line |
| `bench` | `BenchRecord`: what the bench found | `bench.json` |
| `verdict` | `Verified`: how a check ends; bench and case records begin with it | within those |
| `case` | `CaseRecord`: anything that was verified, and how | `build/reports/*.jsonl`, one a line |
| `run` | `RunResult`: the case record of a whole run, with its operators | `result.json` |
| `triage` | `Triage`, `TriageCase`: where a mismatch comes from, and its action alone | `triage/` of a run |
| `watch` | `Watched`: when core 0 entered the slots of a schedule | `watched.json` |
| `speed` | `SpeedResult`: the case record of `make bench-sim` | `build/bench-sim.json` |
| `provenance` | `Provenance`: commit, tools, machine, date | within a case record |

`serial` writes and reads all of them; `schema` makes docs/reference/records.md from them. Records import the platform
and nothing else, and hold no arrays.
"""

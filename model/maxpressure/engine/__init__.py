"""The compiled engine: many worlds at once, equal to :class:`maxpressure.model.world.World` to the bit.

It may import `model` and what stands below it. The files in a reader's order: `week` is the loop over weeks, and
its docstring explains the arguments of all the others; `decide` is one state's week; `arrays` holds the inputs,
`precompute` what a posterior draw fixes, `state` a world while it is simulated, `record` the output; `replay`
computes the probability of a given history; `chunks` holds the unit of work and the protocol of engines, `engines` both
of them; `twins` simulates counterfactual twins by what `inferred` holds; `jit` sets Numba up, and `compiling`
holds callbacks for the time that this takes.

Other rooms use

- `chunks.Chunk`, `chunks.Keep`, `chunks.Simulated`: some worlds of a scenario, what is kept of them, their output
- `engines.CompiledEngine`, `engines.WorldEngine`: the two engines, behind the protocol `chunks.Engine`
- `cache.cache_folder`: where compiled code is kept
- `compiling.on_compiled`: a callback after each function that is compiled
- `engines.Ensemble`: the worlds of one situation, compiled, without an experiment around them
- `arrays.inputs_of`, `arrays.parameter_row`: a situation and its parameters as arrays
- `twins.TwinEnsemble`: counterfactual twins of a record, compiled
- `replay.replay`, `replay.log_likelihoods`: the hazards and the log-likelihood of a history
- `record.tally_weeks`: counts over worlds, week by week
"""

"""The engine: plans the work, runs the probes in worker processes, and turns a target into findings and coverage."""

"""How a step changes the weights: optimizers, schedules, averages, precision."""

"""How well shoppers are recognised: a generated population with ground truth, probes, a baseline, the training."""

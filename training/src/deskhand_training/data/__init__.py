"""Training data: hand-written seeds and skeletons, and the sampler that makes examples of them."""

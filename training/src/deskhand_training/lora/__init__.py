"""LoRA for general causal models (TinyLlama, WizardLM-2, ...) with the full LLMCompiler prompt."""

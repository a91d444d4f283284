"""Text to scores: encoder, heads, tokenizer, language, cache."""

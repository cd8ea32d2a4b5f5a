"""From trained models to scores, pseudo-labels, fused predictions and final ranking scores."""

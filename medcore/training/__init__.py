"""The one place that fits: `python -m medcore.training RUN_DIR` trains, or goes on, as RUN_DIR/spec.json says."""

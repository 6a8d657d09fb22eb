"""Inspections of trained models: contributions of each input, alone and together with others."""

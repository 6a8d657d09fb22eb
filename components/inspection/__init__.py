"""Inspections: what each input of a trained model contributes, alone and together with others."""

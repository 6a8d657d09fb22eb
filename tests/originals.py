"""The presets of the first version: slow tests use these, fast tests use all presets."""

ORIGINALS = (
    "image_text_relevance",
    "independent_predictions",
    "sensor_timeseries_anomaly",
    "siamese_digits",
    "wide_and_deep",
)

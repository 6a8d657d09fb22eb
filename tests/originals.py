"""The presets of the first version: what costs time is tested on these, what is cheap on all."""

ORIGINALS = (
    "image_text_relevance",
    "independent_predictions",
    "sensor_timeseries_anomaly",
    "siamese_digits",
    "wide_and_deep",
)

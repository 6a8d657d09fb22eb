"""The Train page: data with known truth, quick training, live curves, earlier runs."""

from components.ui.page import page
from components.ui.train.page import train_page

with page("Train", "Train the model"):
    train_page()

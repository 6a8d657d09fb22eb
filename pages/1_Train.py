"""The Train page: generated and own data, quick training, live curves, earlier runs."""

from components.app.pages.page import page
from components.app.pages.train.page import train_page

with page(__file__, "Train the model"):
    train_page()

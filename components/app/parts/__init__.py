"""Parts that pages share, each folder above those before it: widgets to the open lesson."""

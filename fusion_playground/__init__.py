"""The launcher of the installed package, which holds the whole playground in its folder `app`."""

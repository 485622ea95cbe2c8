"""AdvAs, assisting the adversary (Munk, Harvey, Wood 2020): ADV."""

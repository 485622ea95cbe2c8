"""GDA-AM, Anderson mixing of descent-ascent (He et al. 2022): AM."""

"""GDA-AM, Anderson mixing of descent-ascent (He et al. 2022): AM."""

PAPER = "He, Zhao, Xi, Ho, Saad 2022 (GDA-AM), "

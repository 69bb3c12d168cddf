"""For people who must answer for a policy: generated packs and cases, and what is asked of them."""

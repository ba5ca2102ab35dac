"""The sample's notes: path in the notes folder -> Markdown."""

from __future__ import annotations

NOTES = {
    "Shopping.md": "# Shopping\n\n- oat milk\n- coffee\n- light bulbs\n",
    "Wifi at home.md": "# Wifi at home\n\nNetwork: kestrel-attic\nPassword: tulip-42-okapi\n",
    "Travel/Packing for Lisbon.md": "# Packing for Lisbon\n\n- [x] passport\n- [ ] adapter\n- [ ] swimming things\n",
    "Work/Ideas for Q4.md": "# Ideas for Q4\n\nRepair vouchers as a gift.\n\nA second test day for cargo bikes.\n",
}

"""The sample's documents: two texts for PDFs, as paragraphs, and a few plain files."""

from __future__ import annotations

LEASE_TITLE = "Lease agreement 2024"
LEASE = (
    "Re: Lease of the flat in Kastanienallee 17",
    "This agreement is made on 1 March 2024 between Hollis Property Management and Sam Rivera. The landlord lets "
    "the flat on the third floor of Kastanienallee 17 to the tenant, with the cellar room number 9 and one "
    "bicycle space in the yard. The lease begins on 1 April 2024 and runs without a fixed end.",
    "The rent is 940 euros a month, and the advance payment for heating and water is 160 euros. Both are due on "
    "the third working day of each month. The landlord accounts for heating and water once a year, and the tenant "
    "receives back what was paid too much. The rent may rise after fifteen months at the earliest, by the local "
    "index and no more.",
    "The tenant pays a deposit of 2,820 euros in three parts. The landlord keeps the deposit in an account of its "
    "own and returns it with interest within six months after the end of the lease. Damage that the tenant has "
    "caused may be deducted from the deposit.",
    "Small repairs of up to 100 euros are paid by the tenant, but not more than 300 euros in one year. The "
    "landlord repairs the heating, the windows and the pipes. The tenant reports damage without delay, so that it "
    "does not grow.",
    "Pets need the consent of the landlord, except small animals in cages. Subletting a room is allowed when the "
    "landlord has agreed in writing. The stairwell is kept free, and the cleaning plan hangs beside the front "
    "door.",
    "Either side may end the lease in writing. The tenant gives three months' notice, and the landlord gives "
    "three months in the first five years and six months after that. At the end the tenant returns the flat "
    "clean, with all keys.",
)

REPORT_TITLE = "Q3 review"
REPORT = (
    "Results of the third quarter",
    "Northwind Cycles sold 1,840 bicycles in the third quarter, which is 12 per cent more than a year ago. "
    "Revenue rose to 2.9 million euros, because cargo bikes made up a third of all sales. The margin stayed at 31 "
    "per cent although freight became more expensive in August.",
    "Workshop",
    "The workshop repaired 2,310 bicycles and cut the waiting time from nine days to five. Two mechanics joined "
    "in July, and the new booking page spread the appointments over the week. Customers rated the repairs 4.7 out "
    "of 5. Spare parts for older hub gears remain hard to get, which delayed one repair in eight.",
    "Shops",
    "The shop in Leipzig opened on 2 September and reached its plan for the first month within three weeks. Rent "
    "and wages there are lower than in Berlin, so the shop should earn its costs by spring. The online shop grew "
    "slowly, by 4 per cent, since the photographs of the new models came late.",
    "Outlook",
    "For the fourth quarter we plan 1,300 bicycles and a larger stock of winter tyres. The most important task is "
    "a second supplier for cargo frames, because one factory makes all of them today. We propose to decide on the "
    "supplier in October and to test its frames before the end of the year. Repair vouchers as a gift could fill "
    "the quiet weeks in December.",
)

DOCUMENTS = {
    "work/budget_2026.csv": "month,income,costs\nJanuary,980000,871000\nFebruary,910000,860500\n",
    "work/Meeting notes March.txt": "Leipzig: lights for the window.\nWorkshop: order hub gears early.\n",
    "flat/Keys.txt": "Front door: 2\nCellar: 1\nYard: 1\n",
    "Recipe lentil soup.txt": "Red lentils, cumin, lemon. Twenty minutes.\n",
}

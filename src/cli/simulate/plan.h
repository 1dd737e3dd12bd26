/* plan.h: how often things happen in a simulated programme, and how long they take.
 *
 * Shares are per 10,000, periods in days. Where a figure is published its source stands beside it; all
 * others are assumptions of this simulation, chosen so that every path of a device's life is taken. How many
 * devices and merchants a year has, and in how many cities: scale.c; of what kinds they are: draw.c.
 */
#ifndef RELODE_CLI_SIMULATE_PLAN_H
#define RELODE_CLI_SIMULATE_PLAN_H

enum {
	/* Money. Gross margin on own resale 19.5 % (ATRenew 2024, results in press): of a resale price, the
	 * programme can offer the rest. */
	PLAN_BUY_SHARE = 8050,
	PLAN_COMMISSION = 600,	/* take rate about 6 % of value (ATRenew, results call in press) */
	PLAN_PRICE_FALL = 9700, /* assumption: what the changed price list keeps of each base */

	/* Orders */
	PLAN_SECOND_ITEM =
		1800, /* assumption; 38 % keep three or more idle devices (JD and ATRenew 2021) */
	PLAN_CANCELLED = 300, /* assumption, all of the following */
	PLAN_NO_SHOW = 250,
	PLAN_COURIER = 2500,
	PLAN_DOORSTEP = 1000,
	PLAN_NETTED = 1000, /* share of people offered a trade-in in a store who take it: about 10 %
				      * average (China News Weekly) */
	PLAN_PARCEL_LOST = 40, /* assumption: of courier orders, before we have it */
	PLAN_LOST = 20,	       /* between store and centre */
	PLAN_FOUND = 4000,     /* of those */

	/* The bench; all assumptions */
	PLAN_WORSE = 2500, /* worse than declared */
	PLAN_BETTER = 500,
	PLAN_PHOTO = 1200,	    /* worse, with a photo as evidence in the simulation */
	PLAN_YEAR_PHOTO = 12,	    /* the same, of a year: a hundredth of it */
	PLAN_WRONG = 40,	    /* another device than declared */
	PLAN_LOCKED = 120,	    /* activation lock on; a devices file says it by row */
	PLAN_UNLOCKED = 8000,	    /* of those, the owner takes it off */
	PLAN_STOLEN = 20,	    /* on the list of stolen devices */
	PLAN_STOLEN_CLEARED = 5000, /* of those, an error of the list */
	PLAN_DECLINED = 1800,	    /* of revised offers */
	PLAN_SILENT = 700,	    /* of revised offers: no answer, it lapses */
	PLAN_NOT_COLLECTED = 800,   /* of returns: the first try fails */
	PLAN_CARD = 100,	    /* a memory card is found in it */

	/* Erasure; assumptions */
	PLAN_ERASE_FAILED = 350,
	PLAN_ERASE_UNVERIFIABLE = 150,
	PLAN_ERASE_SKIPPED = 50, /* not attempted: no power */

	/* Sale; assumptions */
	PLAN_REPAIR = 6000, /* of devices with a part that the recovery rule can repair */
	PLAN_DEAR = 2000,   /* listed too dear at first */
	PLAN_SALE_CANCELLED = 200,
	PLAN_RETURNED = 400,
	PLAN_DISPUTE = 60, /* held while in stock */

	/* Recovery; assumptions but the share of dismantled devices, about 1 % of units (ATRenew 2020, 2022:
	 * 225,000 of 23 M; 270,000 of 32 M): that follows from the rule's expected values */
	PLAN_DUST = 20,	  /* of a batch's mass */
	PLAN_GAIN = 1500, /* of batches: more came out than went in */
	PLAN_RECEIPT_CORRECTED = 3000,
	PLAN_SCALE_OFF = 400, /* the scale's reading: up to so much from the nominal mass */

	/* Payment; assumptions */
	PLAN_BAD_ACCOUNT = 300,

	/* Periods in days */
	PLAN_PERIOD = 60, /* hand-ins are spread over so long, when --days does not say */
	PLAN_PAYOUT_EVERY = 7,
	PLAN_RECOVERY_EVERY = 14,
	PLAN_CONSIGN_EVERY = 28,
	PLAN_STOCKTAKE_EVERY = 30,
	PLAN_QUOTE = 30, /* price honoured one month (Orchard, their pages) */
	PLAN_OFFER = 14, /* time to accept a revised offer (musicMagpie, their pages) */
	PLAN_RETURN = 14,
	PLAN_INSPECT = 2 /* inspection within 2 working days (Back Market, help pages) */
};

#endif

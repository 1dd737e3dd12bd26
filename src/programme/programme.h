/* programme.h: the list of features, and the numbers that must stay unique among them.
 *
 * Adding a feature is adding a folder and one line in features.c. Account codes and their meaning are
 * for ever: entries carry the names, tables the numbers.
 */
#ifndef RELODE_PROGRAMME_PROGRAMME_H
#define RELODE_PROGRAMME_PROGRAMME_H

#include "kernel/domain.h"

extern const struct feature *const programme_features[];

/* Account codes. A transfer gives from one and adds to the other. Money accounts are claims on the
 * programme, so what the bank pays out is given to `bank`. */
enum account_code {
	/* kernel subjects that hold no units: keys and histories */
	SUBJECT_PARTY = 1,
	SUBJECT_DEVICE = 2,
	SUBJECT_ORDER = 3,
	SUBJECT_ITEM = 4,
	SUBJECT_BATCH = 5,
	SUBJECT_CONSIGNMENT = 6,
	SUBJECT_SALE = 7,
	SUBJECT_PAYOUT = 8,
	SUBJECT_SITE = 9,
	SUBJECT_MEDIUM = 10,
	SUBJECT_USER = 11,
	SUBJECT_CITY = 12,
	/* pieces: where a device is (ref) */
	PC_OUTSIDE = 100, /* before we had it */
	PC_CUSTODY = 101, /* site */
	PC_TRANSIT = 102, /* carrier party, or 0 */
	PC_BUYER = 103,	  /* buyer party: delivered */
	PC_DISMANTLED = 104,
	PC_RETURNED = 105, /* given back to its owner */
	PC_LOST = 106,
	PC_SEIZED = 107,
	PC_DOWNSTREAM = 108, /* whole devices consigned to a recycler */
	/* milligrams */
	MG_OUTSIDE = 200,     /* where received mass comes from */
	MG_DEVICE = 201,      /* device */
	MG_BATCH = 202,	      /* dismantling batch */
	MG_FRACTION = 203,    /* fraction lot on hand */
	MG_CONSIGNMENT = 204, /* shipped, receipt awaited */
	MG_DOWNSTREAM = 205,  /* receipted by the recycler (its weights) */
	MG_SOLD = 206,
	MG_RETURNED = 207,
	MG_LOSS = 208,	      /* recorded loss: dust, moisture, lost or seized devices */
	MG_GAIN = 209,	      /* recorded gain (given from here) */
	MG_MEASUREMENT = 210, /* nominal against the scale's reading */
	MG_PARTS_IN = 211,    /* parts fitted come from here */
	MG_PARTS_OUT = 212,   /* parts taken out go here */
	MG_RECEIPT_DIFFERENCE =
		213, /* consignment: shipped weight that the receipt does not confirm, or more */
	/* money, in a currency */
	MONEY_BANK = 300,  /* the bank's side: gets what is paid out, gives what is paid in */
	MONEY_OWNER = 301, /* item: what the owner is owed */
	MONEY_MERCHANT =
		302, /* party: commissions and netted trade-ins owed to a merchant or retailer */
	MONEY_DEVICE = 303,	  /* device: its profit and loss so far */
	MONEY_BUYER = 304,	  /* party: deposits and refunds owed to a buyer */
	MONEY_TAX = 305,	  /* tax owed */
	MONEY_BENEFIT_FUND = 306, /* pays bonuses */
	MONEY_BENEFIT = 307,	  /* device: bonus granted, once a life */
	MONEY_RECYCLER = 308,	  /* party: what a recycler owes (given from here) or is owed */
	MONEY_BATCH = 309,	  /* batch or consignment: recovery revenue and cost */
	MONEY_LOSS = 310,	  /* compensation, shrinkage, write-off */
	MONEY_POSITION = 311,	  /* currency position */
	MONEY_ROUNDING = 312,
	MONEY_REPAIR = 313 /* repair and parts cost */
};

#endif

/* The list of features. Order is of no meaning but for reading: what later ones stand on comes first. */
#include "kernel/books.h"
#include "programme/city/city.h"
#include "programme/party/party.h"
#include "programme/programme.h"

const struct feature *const programme_features[] = {
	&kernel_feature,
	&city_feature,
	&party_feature,
	NULL,
};

/* The list of features. Order is of no meaning but for reading: what later ones stand on comes first. */
#include "kernel/books.h"
#include "programme/access/access.h"
#include "programme/catalogue/catalogue.h"
#include "programme/city/city.h"
#include "programme/desk/desk.h"
#include "programme/device/device.h"
#include "programme/erase/erase.h"
#include "programme/evidence/evidence.h"
#include "programme/exceptions/exceptions.h"
#include "programme/inspect/inspect.h"
#include "programme/lives/lives.h"
#include "programme/map/map.h"
#include "programme/party/party.h"
#include "programme/person/person.h"
#include "programme/programme.h"
#include "programme/recover/recover.h"
#include "programme/report/report.h"
#include "programme/rule/rule.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"
#include "programme/tradein/tradein.h"

const struct feature *const programme_features[] = {
	&kernel_feature,
	&city_feature,
	&party_feature,
	&access_feature,
	&rule_feature,
	&catalogue_feature,
	&evidence_feature,
	&device_feature,
	&tradein_feature,
	&inspect_feature,
	&erase_feature,
	&stock_feature,
	&recover_feature,
	&settle_feature,
	&exceptions_feature,
	&person_feature,
	&report_feature,
	&lives_feature,
	&map_feature,
	&desk_feature,
	NULL,
};

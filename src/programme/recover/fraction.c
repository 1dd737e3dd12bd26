/* fraction.c: the list of fractions: data/fractions.csv, carried in the program. The unit test reads both. */
#include "programme/recover/internal.h"

/* clang-format off */
static const struct fraction list[] = {
	{"battery", "lithium batteries", "锂电池", 1, "battery", "16 06 05"},
	{"battery_lead", "lead batteries", "铅酸电池", 1, "battery", "16 06 01*"},
	{"battery_nicd", "nickel-cadmium batteries", "镍镉电池", 1, "battery", "16 06 02*"},
	{"battery_mixed", "batteries not sorted", "未分类电池", 1, "battery", "20 01 33*"},
	{"circuit_board", "printed circuit boards", "印刷电路板", 1, "circuit_board", "16 02 16"},
	{"storage_media", "drives and memory after destruction",
	 "已销毁的存储介质", 0, "none", "16 02 16"},
	{"ferrous", "iron and steel", "钢铁", 0, "none", "19 12 02"},
	{"aluminium", "aluminium", "铝", 0, "none", "19 12 03"},
	{"copper", "copper and brass", "铜", 0, "none", "19 12 03"},
	{"copper_cable", "cables", "电缆", 0, "none", "16 02 16"},
	{"motor", "motors and coils", "电机与线圈", 0, "none", "16 02 16"},
	{"magnet", "magnets", "磁铁", 0, "none", "16 02 16"},
	{"plastics", "plastics", "塑料", 0, "none", "19 12 04"},
	{"plastics_brominated", "plastics with brominated flame retardants",
	 "含溴阻燃剂塑料", 1, "flame_retardant", "19 12 11*"},
	{"glass", "glass", "玻璃", 0, "none", "19 12 05"},
	{"crt", "cathode ray tubes and their glass", "阴极射线管", 1, "lead_glass", "16 02 15*"},
	{"lcd", "liquid crystal displays without mercury", "无汞液晶屏", 1, "display", "16 02 16"},
	{"lcd_mercury", "liquid crystal displays with mercury lamps",
	 "含汞灯液晶屏", 1, "mercury", "16 02 15*"},
	{"mercury_lamp", "lamps that contain mercury", "含汞灯", 1, "mercury", "16 02 15*"},
	{"toner", "toner and ink cartridges", "墨粉与墨盒", 1, "toner", "08 03 17*"},
	{"pcb_capacitor", "capacitors with polychlorinated biphenyls",
	 "含多氯联苯电容器", 1, "pcb", "16 02 09*"},
	{"capacitor", "large electrolytic capacitors",
	 "大型电解电容器", 1, "capacitor", "16 02 15*"},
	{"refrigerant", "fluorinated refrigerants", "氟化制冷剂", 1, "refrigerant", "14 06 01*"},
	{"refrigerant_hydrocarbon", "hydrocarbon refrigerants",
	 "碳氢制冷剂", 1, "refrigerant", "16 05 04*"},
	{"insulation_foam", "insulation foam with blowing agents",
	 "含发泡剂的保温泡沫", 1, "refrigerant", "19 12 11*"},
	{"compressor", "compressors drained of oil", "已排油压缩机", 0, "none", "16 02 16"},
	{"compressor_oil", "compressor oil", "压缩机油", 1, "oil", "13 02 08*"},
	{"minerals", "concrete and stone", "混凝土与石料", 0, "none", "19 12 09"},
	{"wood", "wood", "木材", 0, "none", "19 12 07"},
	{"residue", "residue of sorting", "分选残余物", 0, "none", "19 12 12"},
};
/* clang-format on */

const struct fraction *fraction_at(size_t i)
{
	return i < ARRAY_LEN(list) ? &list[i] : NULL;
}

const struct fraction *fraction_find(const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (strcmp(list[i].code, code) == 0)
			return &list[i];
	return NULL;
}

enum err fraction_get(struct cx *cx, const char *code, const struct fraction **out)
{
	const struct fraction *f = fraction_find(code);
	struct sb sb;

	if (f) {
		*out = f;
		return ERR_OK;
	}
	sb_init(&sb, cx, 900);
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		sb_printf(&sb, "%s%s", i ? ", " : "", list[i].code);
	return cx_fail(cx, ERR_INVALID, "fraction: \"%.40s\" is not in the list of fractions: %s",
		       code, sb.data);
}

/* The digest of what decides: code, kept apart, waste code, in order. */
struct digest fraction_list_digest(void)
{
	struct digest d = {{0}};

	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		char text[200];
		int n = snprintf(text, sizeof(text), "%s,%d,%s,%s\n", list[i].code, list[i].hazard,
				 list[i].kind, list[i].waste_code);
		BUG(n < 0 || (size_t)n >= sizeof(text));
		d = sha256_2(d.byte, sizeof(d.byte), text, (size_t)n);
	}
	return d;
}

enum err fraction_list_note(struct cx *cx, struct bytes *out)
{
	const struct digest d = fraction_list_digest();
	const void *p = cx_memdup(cx, d.byte, sizeof(d.byte));

	if (!p)
		return cx->err;
	*out = (struct bytes){p, sizeof(d.byte)};
	return ERR_OK;
}

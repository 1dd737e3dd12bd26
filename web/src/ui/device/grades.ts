/* What a grade says to somebody who has not read the rubric. Look: C0 to C6; function: F1 to F6. */
import { codeWords } from '../../base/words';

const look = codeWords({ 0: 'outside not looked at', 1: 'broken glass or case', 2: 'deep scratches or dents', 3: 'marks seen at once', 4: 'light marks', 5: 'faint marks', 6: 'no marks' },
	{ 0: '未检查外观', 1: '玻璃或外壳破损', 2: '深划痕或凹陷', 3: '明显痕迹', 4: '轻微痕迹', 5: '几乎无痕', 6: '无痕迹' });
const works = codeWords({ 1: 'for parts or repair', 2: 'for parts or repair', 3: 'main functions work', 4: 'everything works', 5: 'refurbished', 6: 'refurbished, like new' },
	{ 1: '供维修或拆件', 2: '供维修或拆件', 3: '主要功能正常', 4: '功能完好', 5: '已翻新', 6: '已翻新，近全新' });
export const lookWord = (c: number | undefined) => (c === undefined ? '' : look(String(Math.min(c, 6))));
export const functionWord = (f: number | undefined) => (f === undefined ? '' : works(String(f)));

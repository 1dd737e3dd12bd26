/* What parts are called, by their code: those of the shipped rule for repairs (data/rules), and a few more. */
import { codeWords } from '../base/words';

export const partWord = codeWords({
	screen: 'Screen', battery: 'Battery', back: 'Back cover', camera: 'Camera', housing: 'Housing', board: 'Board', speaker: 'Speaker', port: 'Port', drive: 'Drive', keyboard: 'Keyboard', supply: 'Power supply',
	backlight: 'Backlight', pump: 'Pump', bearings: 'Bearings', seal: 'Door seal', thermostat: 'Thermostat', fan: 'Fan', refill: 'Refrigerant', disc: 'Disc drive', shutter: 'Shutter', feed: 'Feed rollers',
	head: 'Print head', belt: 'Belt', heater: 'Heater', magnetron: 'Magnetron', motor: 'Motor',
}, {
	screen: '屏幕', battery: '电池', back: '后盖', camera: '摄像头', housing: '外壳', board: '主板', speaker: '扬声器', port: '接口', drive: '硬盘', keyboard: '键盘', supply: '电源',
	backlight: '背光', pump: '水泵', bearings: '轴承', seal: '门封', thermostat: '温控器', fan: '风扇', refill: '制冷剂', disc: '光驱', shutter: '快门', feed: '搓纸轮',
	head: '打印头', belt: '皮带', heater: '加热管', magnetron: '磁控管', motor: '电机',
});

/** Work for date-fns: formatting, parsing, arithmetic and intervals in UTC-independent numbers. */
import { addBusinessDays, addMonths, differenceInCalendarDays, eachDayOfInterval, endOfMonth, format, formatDistance, getISOWeek, isWithinInterval, parse, parseISO, startOfWeek } from 'date-fns';

export function work() {
  let sum = 0;
  const start = new Date(2020, 0, 15, 10, 30);
  for (let index = 0; index < 12; index++) {
    const date = addMonths(start, index);
    sum += format(date, "EEEE, do MMMM yyyy 'at' HH:mm:ss").length + format(date, 'P pp').length;
    sum += parse(`${10 + index}.0${1 + index % 9}.2021`, 'dd.MM.yyyy', start).getDate();
    sum += parseISO(`2021-03-${10 + index}T12:00:00`).getDate();
    sum += differenceInCalendarDays(endOfMonth(date), startOfWeek(date)) + getISOWeek(date);
    sum += addBusinessDays(date, 17).getDate() + formatDistance(start, date, { addSuffix: true }).length;
    sum += eachDayOfInterval({ start: startOfWeek(date), end: endOfMonth(date) }).filter(day => isWithinInterval(day, { start, end: date })).length;
  }
  return sum;
}

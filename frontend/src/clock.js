// Moments as people here read them.
const ZONE = 'Asia/Ho_Chi_Minh';
const format = (options) => (text) => {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? '' : new Intl.DateTimeFormat('vi-VN', { timeZone: ZONE, ...options }).format(at);
};

export const clock = format({ hour: '2-digit', minute: '2-digit' });
export const moment = format({ hour: '2-digit', minute: '2-digit', day: '2-digit', month: '2-digit', year: 'numeric' });

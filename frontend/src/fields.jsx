// The controls of the panel: label above, hint and error below, all of them reachable by keyboard and screen reader.
import { createContext } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from './translate.js';

export const Reading = createContext(false);
const TYPING = 400;
const ASKING = 300;
const MOST_SHOWN = 12;

export function Group({ title, children, open = true }) {
  return (
    <details class="eo-group" open={open}>
      <summary>{title}</summary>
      <div class="eo-fields">{children}</div>
    </details>
  );
}

function Field({ id, label, hint, error, children }) {
  return (
    <div class="eo-field">
      <label for={id}>{label}</label>
      {children}
      {hint && <p class="eo-hint" id={`${id}-hint`}>{hint}</p>}
      {error && <p class="eo-wrong" id={`${id}-error`} role="alert">{error}</p>}
    </div>
  );
}

const described = (id, hint, error) => [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;

// What is typed, kept at hand until a pause: every keystroke would be a step of the history.
function useTyped(value, onChange) {
  const [typed, setTyped] = useState(value ?? '');
  const state = useRef({});
  state.current.onChange = onChange;
  useEffect(() => {
    if (state.current.pending === undefined) setTyped(value ?? '');
  }, [value]);
  const flush = () => {
    clearTimeout(state.current.timer);
    const { pending } = state.current;
    state.current.pending = undefined;
    if (pending !== undefined) state.current.onChange(pending);
  };
  useEffect(() => flush, []);
  const type = (text) => {
    setTyped(text);
    state.current.pending = text;
    clearTimeout(state.current.timer);
    state.current.timer = setTimeout(flush, TYPING);
  };
  return [typed, type, flush];
}

export function Text({ label, value, onChange, hint, lines, pattern, wrong, type = 'text', ...more }) {
  const id = useId();
  const reading = useContext(Reading);
  const [typed, setTyped, flush] = useTyped(value, (text) => (!pattern || !text || pattern.test(text)) && onChange(text));
  const error = pattern && typed && !pattern.test(typed) ? wrong : '';
  const common = {
    ...more, id, value: typed, readOnly: reading, onInput: (event) => setTyped(event.currentTarget.value), onBlur: flush,
    'aria-describedby': described(id, hint, error), 'aria-invalid': error ? 'true' : undefined,
  };
  return (
    <Field {...{ id, label, hint, error }}>
      {lines ? <textarea rows={lines} {...common} /> : <input type={type} {...common} />}
    </Field>
  );
}

export function Check({ label, value, onChange }) {
  const reading = useContext(Reading);
  return (
    <label class="eo-check">
      <input type="checkbox" checked={value} disabled={reading} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

// Options may have a group; a value that the catalogue does not know stays, and is named as such.
export function Select({ label, value, options, onChange, hint, empty }) {
  const id = useId();
  const reading = useContext(Reading);
  const known = !value || options.some((one) => one.value === value);
  const groups = [...new Set(options.map((one) => one.group ?? ''))];
  const shown = (one) => <option key={one.value} value={one.value} selected={one.value === value}>{one.label}</option>;
  return (
    <Field {...{ id, label, hint }}>
      <select id={id} disabled={reading} aria-describedby={described(id, hint)} onChange={(event) => onChange(event.currentTarget.value)}>
        {empty !== undefined && <option value="" selected={!value}>{empty}</option>}
        {!known && <option value={value} selected>{t('{value} (no longer in the catalogue)', { value })}</option>}
        {groups.map((group) => {
          const members = options.filter((one) => (one.group ?? '') === group).map(shown);
          return group ? <optgroup key={group} label={group}>{members}</optgroup> : members;
        })}
      </select>
    </Field>
  );
}

const WORD = /[\p{L}_][\p{L}\p{N}_.]*$/u;

// A line with suggestions: of whole values, or of the word at the cursor when an expression is written.
export function Combo({ label, value, onChange, suggestions, hint, check, whole }) {
  const id = useId();
  const reading = useContext(Reading);
  const input = useRef();
  const list = useRef();
  const [typed, setTyped, flush] = useTyped(value, onChange);
  const [shown, setShown] = useState([]);
  const [active, setActive] = useState(-1);
  const error = useChecked(typed, check);
  const open = shown.length > 0;
  useEffect(() => { if (open) list.current.scrollIntoView({ block: 'nearest' }); }, [open]);

  const word = () => (whole ? input.current.value : WORD.exec(input.current.value.slice(0, input.current.selectionStart))?.[0] ?? '');
  const suggest = (all) => {
    const part = word().toLowerCase();
    const found = suggestions.filter((one) => all || (part && one.value.toLowerCase().includes(part) && one.value !== part));
    setShown(found.slice(0, MOST_SHOWN));
    setActive(-1);
  };
  const choose = (one) => {
    const { value: text, selectionStart: at } = input.current;
    const start = whole ? 0 : at - word().length;
    setTyped(text.slice(0, start) + one.value + (whole ? '' : text.slice(at)));
    setShown([]);
    input.current.focus();
    const end = start + one.value.length - (one.value.endsWith(')') ? 1 : 0);
    requestAnimationFrame(() => input.current?.setSelectionRange(end, end));
  };
  const press = (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) return suggest(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((active + step + shown.length) % shown.length);
    } else if (event.key === 'Enter' && open && active >= 0) {
      event.preventDefault();
      choose(shown[active]);
    } else if (event.key === 'Enter') {
      flush();
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      setShown([]);
    }
    return undefined;
  };
  return (
    <Field {...{ id, label, hint, error: error?.text }}>
      <div class="eo-combo">
        <input id={id} ref={input} type="text" role="combobox" autocomplete="off" spellcheck={false} value={typed} readOnly={reading}
          aria-autocomplete="list" aria-expanded={open} aria-controls={`${id}-list`} aria-describedby={described(id, hint, error)}
          aria-activedescendant={open && active >= 0 ? `${id}-${active}` : undefined} aria-invalid={error ? 'true' : undefined}
          onInput={(event) => { setTyped(event.currentTarget.value); suggest(whole && !event.currentTarget.value); }}
          onKeyDown={press} onBlur={() => { setShown([]); flush(); }} />
        <ul ref={list} id={`${id}-list`} role="listbox" aria-label={t('Suggestions')} hidden={!open}>
          {shown.map((one, index) => (
            <li key={one.value} id={`${id}-${index}`} role="option" aria-selected={index === active}
              onPointerDown={(event) => { event.preventDefault(); choose(one); }}>
              <span>{one.label ?? one.value}</span>{one.hint && <small>{one.hint}</small>}
            </li>
          ))}
        </ul>
      </div>
      {error?.marked && <p class="eo-where" aria-hidden="true">{error.marked[0]}<mark>{error.marked[1]}</mark>{error.marked[2]}</p>}
    </Field>
  );
}

// What the office says about an expression, a moment after it has been typed.
function useChecked(text, check) {
  const [error, setError] = useState(null);
  useEffect(() => {
    setError(null);
    if (!check || !text.trim()) return undefined;
    let stale = false;
    const timer = setTimeout(async () => {
      const answer = await check(text);
      if (!stale && answer && answer.ok === false) setError({ text: answer.text, marked: marked(text, answer) });
    }, ASKING);
    return () => { stale = true; clearTimeout(timer); };
  }, [text, !check]);
  return error;
}

const marked = (text, { start, end }) => (Number.isInteger(start) && end > start ? [text.slice(0, start), text.slice(start, end), text.slice(end)] : null);

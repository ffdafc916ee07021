// Line icons drawn for this page; each is decoration, the control around it carries the name.

const paths = {
  upload: 'M12 16V4m0 0L7.5 8.5M12 4l4.5 4.5M4.5 15v3a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-3',
  file: 'M7 3.5h7l4 4V19a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 19V5a1.5 1.5 0 0 1 1-1.5ZM14 3.5V8h4M9 12.5h6M9 16h4',
  send: 'M12 19V5m0 0-6 6m6-6 6 6',
  stop: 'M7.5 7.5h9v9h-9z',
  pause: 'M9 6v12M15 6v12',
  resume: 'M8.5 5.5v13L19 12z',
  close: 'M6 6l12 12M18 6 6 18',
  retry: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 4v4.5H15',
  trash: 'M4.5 6.5h15M9.5 6.5V4.8c0-.7.5-1.3 1.2-1.3h2.6c.7 0 1.2.6 1.2 1.3v1.7M6.5 6.5l.8 12.2c0 .9.8 1.8 1.8 1.8h5.8c1 0 1.8-.9 1.8-1.8l.8-12.2M10 10.5v6M14 10.5v6',
  download: 'M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M4.5 19.5h15',
  only: 'M12 19.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3',
  summary: 'M5 6h14M5 10.500h14M5 15h9M5 19.500h5',
  plus: 'M12 5v14M5 12h14',
  history: 'M4.5 12a7.5 7.5 0 1 0 2.2-5.3L4.5 9m0-4.5V9H9M12 8v4.5l3 1.8',
  left: 'M14.5 5.5 8 12l6.5 6.5',
  right: 'M9.5 5.5 16 12l-6.5 6.5',
  down: 'M12 5v14m0 0 6-6m-6 6-6-6',
  copy: 'M9 9V5.5A1.5 1.5 0 0 1 10.5 4h8A1.5 1.5 0 0 1 20 5.5v8a1.5 1.5 0 0 1-1.5 1.5H15M5.5 9h8a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 4 18.5v-8A1.5 1.5 0 0 1 5.5 9Z',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  edit: 'M4.5 19.5h4L19 9a2.1 2.1 0 0 0-3-3L5.5 16.5l-1 3ZM14.5 7.5l3 3',
  sun: 'M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12 2.5v2M12 19.5v2M4.2 4.2l1.5 1.5M18.3 18.3l1.5 1.5M2.5 12h2M19.5 12h2M4.2 19.8l1.5-1.5M18.3 5.7l1.5-1.5',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z',
  system: 'M4 5.5h16v10.500H4zM9 20h6M12 16v4',
  settings: 'M4 7.5h8M18 7.5h2M15 10.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5h2M12 16.5h8M9 19.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20 20',
  alert: 'M12 8.500v4.500M12 16.400v.1M10.6 4.6 3.3 17.500a1.6 1.6 0 0 0 1.4 2.400h14.600a1.6 1.6 0 0 0 1.4-2.400L13.4 4.600a1.6 1.6 0 0 0-2.8 0Z',
};

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path className="logo-sheet" d="M9.5 7.500h8.500l4.5 4.500v12.500h-13z" />
      <path className="logo-lines" d="M13 15.500h6M13 19.500h4" />
    </svg>
  );
}
